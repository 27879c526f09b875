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

/** The text that `xmlText()` was given. */
export function plainText(xml: string): string {
  const text = xml.replaceAll("&quot;", '"').replaceAll("&gt;", ">").replaceAll("&lt;", "<");
  return text.replaceAll("&amp;", "&");
}
