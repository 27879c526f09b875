/**
 * The icons, drawn as lines of the text's colour. They say nothing to a screen reader; the words beside them do.
 *
 * @module
 */

const PATHS = {
  library: "M4 5h6v6H4zM14 5h6v6h-6zM4 15h6v4H4zM14 15h6v4h-6z",
  activity: "M12 4v11M7 11l5 5 5-5M5 20h14",
  machines: "M3 5h13v9H3zM7 18h5M9.5 14v4M19 9h2v9h-5v-3",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4",
  search: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12M15.5 15.5 20 20",
  grid: "M5 5h5v5H5zM14 5h5v5h-5zM5 14h5v5H5zM14 14h5v5h-5z",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  close: "M6 6l12 12M18 6 6 18",
  play: "M8 5v14l11-7z",
  get: "M12 4v11M7 10.500l5 5 5-5M5 20h14",
  update: "M20 11a8 8 0 0 0-14.5-4M4 4v4h4M4 13a8 8 0 0 0 14.5 4M20 20v-4h-4",
  check: "M5 12.500l4.5 4.500L19 7.5",
  alert: "M12 4 3 19h18zM12 10v4M12 16.500v.01",
  sun:
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 3v1.500M12 19.500V21M3 12h1.500M19.5 12H21M5.600 5.600l1 1M17.400 17.400l1 1M5.600 18.400l1-1M17.400 6.600l1-1",
  moon: "M19 14.500A7.5 7.5 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5",
  up: "M12 19V5M6 11l6-6 6 6",
  folder: "M3 6h6l2 2.500h10V19H3z",
  offline: "M4 4l16 16M8.5 15a5 5 0 0 1 6 -.500M5 11.500a9 9 0 0 1 4-2.200M13 9a9 9 0 0 1 6 2.500M12 19h.01",
} as const;

export type IconName = keyof typeof PATHS;

/** One icon. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
