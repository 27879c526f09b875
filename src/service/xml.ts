/**
 * Text in XML files. Pure.
 *
 * @module
 */

/** Text in an XML file. */
export function xmlText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}
