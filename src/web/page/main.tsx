/**
 * The local page: begins to follow the peer and draws what it tells.
 *
 * @module
 */

import { render } from "preact";
import { follow } from "./state/stream.ts";
import { keepChoices } from "./state/ui.ts";
import { App } from "./view/app.tsx";

keepChoices();
follow();
render(<App />, document.body);
