/**
 * `deno task page`: makes what the program serves, in `dist/`, from the page's sources. The result is kept with the
 * sources, so that nobody has to build it who does not change the page.
 *
 * @module
 */

const HERE = new URL("./", import.meta.url);
const STYLES = ["base", "shell", "controls", "library", "live", "panel", "views", "settings", "narrow"];

/** Writes the files that are served into `dist`, a folder that is there. Throws where the bundler fails. */
export async function buildPage(dist: URL): Promise<void> {
  const bundle = new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform",
      "browser",
      "--minify",
      "-o",
      pathOf(dist, "app.js"),
      pathOf(HERE, "main.tsx"),
    ],
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await bundle.output();
  if (!success) throw new Error(`the bundler failed: ${new TextDecoder().decode(stderr)}`);
  const styles = await Promise.all(
    STYLES.map((name) => Deno.readTextFile(new URL(`styles/${name}.css`, HERE))),
  );
  await Deno.writeTextFile(new URL("app.css", dist), styles.join("\n"));
  for (const name of ["index.html", "icon.svg"]) {
    await Deno.copyFile(new URL(name, HERE), new URL(name, dist));
  }
}

function pathOf(folder: URL, name: string): string {
  const { pathname } = new URL(name, folder);
  return decodeURIComponent(Deno.build.os === "windows" ? pathname.slice(1) : pathname);
}

if (import.meta.main) await buildPage(new URL("dist/", HERE));
