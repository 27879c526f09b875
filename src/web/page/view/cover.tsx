/**
 * The made-up cover of a game: a gradient, a motif and its initials.
 *
 * @module
 */

import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { type Cover as Look, coverOf } from "../state/cover.ts";

/** A cover; decoration, the name stands beside it. */
export function Cover({ id, name }: { id: string; name: string }) {
  const look = coverOf(id, name);
  // Its own: where the first of several of one name is not displayed, none of them is painted.
  const paint = `paint${useId()}`;
  return (
    <svg class="cover" viewBox="0 0 200 200" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <defs>
        <linearGradient id={paint} x1="0" y1="0" x2="0.7" y2="1">
          <stop offset="0" stop-color={look.from} />
          <stop offset="1" stop-color={look.to} />
        </linearGradient>
      </defs>
      <rect width="200" height="200" fill={`url(#${paint})`} />
      <g fill="none" stroke={look.light} stroke-opacity="0.3">{MOTIFS[look.motif]?.(look)}</g>
      <text class="cover-initials" x="100" y="104" text-anchor="middle" dominant-baseline="middle">
        {look.initials}
      </text>
    </svg>
  );
}

const steps = (count: number) => Array.from({ length: count }, (_, at) => at);

const MOTIFS: readonly ((look: Look) => JSX.Element | JSX.Element[])[] = [
  // Rings around a corner.
  ({ turn }) =>
    steps(7).map((at) => (
      <circle key={at} cx={turn < 0.5 ? 0 : 200} cy="200" r={30 + at * 30} stroke-width={10 - at} />
    )),
  // Hills.
  ({ turn, light }) =>
    steps(4).map((at) => {
      const y = 120 + at * 22;
      const lift = 30 + 30 * Math.sin(turn * 7 + at * 2);
      return (
        <path
          key={at}
          d={`M-10 ${y} C 50 ${y - lift}, 90 ${y + lift}, 130 ${y} S 190 ${y - lift}, 220 ${y} V210 H-10z`}
          fill={light}
          fill-opacity="0.1"
          stroke="none"
        />
      );
    }),
  // A floor towards the horizon.
  ({ turn }) => [
    ...steps(7).map((at) => (
      <path
        key={`h${at}`}
        d={`M-20 ${118 + at * at * 2.4} H220`}
        stroke-width="1.5"
      />
    )),
    ...steps(13).map((at) => (
      <path
        key={`v${at}`}
        d={`M${60 + turn * 80} 118 L${-260 + at * 60 + turn * 80} 210`}
        stroke-width="1.5"
      />
    )),
  ],
  // Slanted bars.
  ({ turn, light }) =>
    steps(5).map((at) => (
      <rect
        key={at}
        x={-40 + at * 52 + turn * 30}
        y="-60"
        width={8 + at * 5}
        height="340"
        transform="rotate(24 100 100)"
        fill={light}
        fill-opacity="0.12"
        stroke="none"
      />
    )),
  // Hexagons.
  ({ turn }) =>
    steps(12).map((at) => {
      const [x, y] = [
        (at % 4) * 60 + (Math.floor(at / 4) % 2) * 30 - 10,
        Math.floor(at / 4) * 52 + turn * 60 - 10,
      ];
      const points = steps(6).map((k) =>
        `${x + 32 * Math.sin(k * Math.PI / 3)},${y + 32 * Math.cos(k * Math.PI / 3)}`
      );
      return <polygon key={at} points={points.join(" ")} stroke-width="2" />;
    }),
  // Orbits.
  ({ turn, light }) => [
    ...steps(4).map((at) => (
      <ellipse
        key={at}
        cx="100"
        cy="100"
        rx={50 + at * 28}
        ry={18 + at * 12}
        stroke-width="2"
        transform={`rotate(${turn * 180} 100 100)`}
      />
    )),
    <circle key="moon" cx={40 + turn * 120} cy="48" r="14" fill={light} fill-opacity="0.5" stroke="none" />,
  ],
];
