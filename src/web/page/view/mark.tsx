/**
 * The mark of lanspread: one machine, and others around it.
 *
 * @module
 */

/** The mark; decoration. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <path d="M16 16 8 9M16 16l8-7M16 16v9" />
      <circle cx="16" cy="16" r="4.5" />
      <circle cx="8" cy="9" r="2.5" />
      <circle cx="24" cy="9" r="2.5" />
      <circle cx="16" cy="25" r="2.5" />
    </svg>
  );
}
