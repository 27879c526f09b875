/** Types for the part of `@std/path` that this program uses. */
export interface ParsedPath {
  root: string;
  dir: string;
  base: string;
  ext: string;
  name: string;
}
export const SEPARATOR: string;
export function basename(path: string, suffix?: string): string;
export function dirname(path: string): string;
export function fromFileUrl(url: string | URL): string;
export function isAbsolute(path: string): boolean;
export function join(...paths: string[]): string;
export function normalize(path: string): string;
export function parse(path: string): ParsedPath;
export function relative(from: string, to: string): string;
export function resolve(...paths: string[]): string;
