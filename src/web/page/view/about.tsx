/**
 * What runs here, for whoever is asked about it.
 *
 * @module
 */

import { model } from "../state/store.ts";

/** Version, address and what programs can use. */
export function About() {
  const { version, status } = model.value ?? {};
  return (
    <dl class="facts">
      <div>
        <dt>lanspread</dt>
        <dd>{version}</dd>
      </div>
      <div>
        <dt>Address</dt>
        <dd>
          <code>{status?.listen_addr}</code>
        </dd>
      </div>
      <div>
        <dt>Network engine</dt>
        <dd>{status?.quic}</dd>
      </div>
      <div>
        <dt>For programs</dt>
        <dd>
          <a href="/api/v1/openapi.json">control API</a>, <a href="/metrics">metrics</a>
        </dd>
      </div>
    </dl>
  );
}
