/**
 * A decoder for DNS messages, written from RFC 1035 (section 4) and RFC 2782 (SRV) and sharing no code with the
 * program, so that tests read the program's packets as another implementation would.
 *
 * @module
 */

/** A name is its labels, so that a dot inside of a label is seen. */
export type Labels = string[];

export interface DecodedQuestion {
  name: Labels;
  type: number;
  class: number;
}

export interface DecodedRecord {
  name: Labels;
  type: number;
  /** Without the cache-flush bit. */
  class: number;
  /** The top bit of the class (RFC 6762, section 10.2). */
  flush: boolean;
  ttl_s: number;
  ptr?: Labels;
  srv?: { priority: number; weight: number; port: number; target: Labels };
  txt?: Uint8Array[];
  a?: string;
}

export interface DecodedMessage {
  id: number;
  response: boolean;
  authoritative: boolean;
  questions: DecodedQuestion[];
  answers: DecodedRecord[];
  authorities: DecodedRecord[];
  additionals: DecodedRecord[];
}

export const TYPE = { A: 1, PTR: 12, TXT: 16, SRV: 33, ANY: 255 };

/** Decodes a whole message. Throws `RangeError` where it is cut short and `TypeError` where it is wrong. */
export function decodeDns(bytes: Uint8Array): DecodedMessage {
  const reader = new Reader(bytes);
  const [id, flags] = [reader.u16(), reader.u16()];
  const [questions, answers, authorities, additionals] = [
    reader.u16(),
    reader.u16(),
    reader.u16(),
    reader.u16(),
  ];
  const message = {
    id,
    response: (flags & 0x8000) !== 0,
    authoritative: (flags & 0x0400) !== 0,
    questions: repeat(questions, () => reader.question()),
    answers: repeat(answers, () => reader.record()),
    authorities: repeat(authorities, () => reader.record()),
    additionals: repeat(additionals, () => reader.record()),
  };
  if (reader.at !== bytes.length) throw new TypeError(`${bytes.length - reader.at} bytes are left over`);
  return message;
}

/** Encodes a query with one question, uncompressed. */
export function encodeQuery(name: string, type: number, id = 0): Uint8Array {
  const labels = name.split(".").map((label) => new TextEncoder().encode(label));
  const body = labels.flatMap((label) => [label.length, ...label]);
  return new Uint8Array([
    id >> 8,
    id & 255,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    ...body,
    0,
    type >> 8,
    type & 255,
    0,
    1,
  ]);
}

/** The record's strings as text. */
export function textOf(record: DecodedRecord | undefined): string[] {
  return (record?.txt ?? []).map((bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

function repeat<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read);
}

class Reader {
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.#view.getUint8(this.at++);
  }

  u16(): number {
    return this.u8() * 256 + this.u8();
  }

  u32(): number {
    return this.u16() * 65_536 + this.u16();
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.u8());
  }

  /** Section 4.1.4: labels, ended by a zero or by a pointer to an earlier name. */
  name(): Labels {
    const labels: Labels = [];
    let resume: number | undefined;
    for (let jumps = 0;;) {
      const start = this.at;
      const length = this.u8();
      if (length === 0) break;
      if (length >= 0xc0) {
        const target = (length & 0x3f) * 256 + this.u8();
        if (target >= start || ++jumps > 16) throw new TypeError("a compression pointer leads nowhere");
        resume ??= this.at;
        this.at = target;
      } else if (length <= 63) {
        labels.push(new TextDecoder("utf-8", { fatal: true }).decode(this.bytes(length)));
      } else throw new TypeError("a label has a reserved length");
    }
    this.at = resume ?? this.at;
    return labels;
  }

  question(): DecodedQuestion {
    return { name: this.name(), type: this.u16(), class: this.u16() };
  }

  record(): DecodedRecord {
    const [name, type, rrclass, ttl_s, length] = [
      this.name(),
      this.u16(),
      this.u16(),
      this.u32(),
      this.u16(),
    ];
    const end = this.at + length;
    const record = {
      name,
      type,
      class: rrclass & 0x7fff,
      flush: rrclass >= 0x8000,
      ttl_s,
      ...this.data(type, end),
    };
    if (this.at !== end) throw new TypeError(`a record of type ${type} has a wrong length`);
    return record;
  }

  data(type: number, end: number): Pick<DecodedRecord, "ptr" | "srv" | "txt" | "a"> {
    if (type === TYPE.PTR) return { ptr: this.name() };
    if (type === TYPE.SRV) {
      const [priority, weight, port] = [this.u16(), this.u16(), this.u16()];
      return { srv: { priority, weight, port, target: this.name() } };
    }
    if (type === TYPE.A) return { a: [...this.bytes(4)].join(".") };
    if (type !== TYPE.TXT) {
      this.at = end;
      return {};
    }
    const txt: Uint8Array[] = [];
    while (this.at < end) txt.push(this.bytes(this.u8()));
    return { txt };
  }
}
