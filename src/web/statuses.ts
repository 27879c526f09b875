/**
 * Which HTTP status an error has.
 *
 * @module
 */

const STATUSES: Record<string, number> = {
  invalid_request: 400,
  usage: 400,
  unauthorized: 401,
  game_not_found: 404,
  not_in_catalog: 404,
  no_peers_have_game: 404,
  timeout: 408,
  operation_active: 409,
  already_downloaded: 409,
  not_downloaded: 409,
  already_installed: 409,
  not_installed: 409,
  installed: 409,
  self_connect: 409,
  busy: 503,
  shutting_down: 503,
  disk_full: 507,
};

/** The status of an error code; 500 for what nobody asked wrongly. */
export function statusOf(code: string): number {
  return STATUSES[code] ?? 500;
}
