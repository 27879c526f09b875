/** Types for the inside of `node-unrar-js` that this program uses: unrar itself, and the files it is given. */

/** How every answer begins; `errCode` 0 is success, the others are the `ERAR_…` numbers of unrar's `dll.hpp`. */
export interface UnrarState {
  errCode: number;
}

export interface UnrarArchiveHeader {
  state: UnrarState;
  /** `ROADF_…` bits; absent after a failure. */
  flags?: number;
}

export interface UnrarFileHeader {
  state: UnrarState;
  name: string;
  /** `RHDF_…` bits. */
  flags: number;
  packSize: number;
  unpSize: number;
  /** 2 is Windows, 3 is Unix. */
  hostOS: number;
  /** MS-DOS date and time, local. */
  time: number;
  fileAttr: number;
}

export interface UnrarArchive {
  open(name: string, password: string, list_only: boolean): UnrarArchiveHeader;
  getFileHeader(): UnrarFileHeader;
  readFile(skip: boolean): UnrarState;
  delete(): void;
}

/** What unrar calls for every access to a file. `at` is an address in `HEAPU8`; a negative handle is a failure. */
export interface UnrarFiles {
  open(name: string): number;
  create(name: string): number;
  read(handle: number, at: number, size: number): number;
  write(handle: number, at: number, size: number): boolean;
  tell(handle: number): number;
  seek(handle: number, offset: number, method: "SET" | "CUR" | "END"): boolean;
  close(handle: number): void;
}

export interface Unrar {
  RarArchive: new () => UnrarArchive;
  /** The memory of the WebAssembly module; another object after the memory has grown. */
  readonly HEAPU8: Uint8Array;
  extractor: UnrarFiles;
}

export function getUnrar(): Promise<Unrar>;
