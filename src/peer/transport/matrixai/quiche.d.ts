// What is used of `native.quiche` of @matrixai/quic 1.2.12: quiche 0.18 behind Node-API.

export interface HostPort {
  host: string;
  port: number;
}

/** `from` is the other end, `to` this one. */
export interface RecvInfo {
  from: HostPort;
  to: HostPort;
}

export interface NativeConfig {
  setApplicationProtos(protocols: string[]): void;
  /** Milliseconds. */
  setMaxIdleTimeout(ms: number): void;
  setMaxRecvUdpPayloadSize(bytes: number): void;
  setMaxSendUdpPayloadSize(bytes: number): void;
  setInitialMaxData(bytes: number): void;
  setInitialMaxStreamDataBidiLocal(bytes: number): void;
  setInitialMaxStreamDataBidiRemote(bytes: number): void;
  setInitialMaxStreamsBidi(count: number): void;
  setInitialMaxStreamsUni(count: number): void;
  setMaxStreamWindow(bytes: number): void;
  setDisableActiveMigration(disabled: boolean): void;
  /** 0 Reno, 1 CUBIC, 2 BBR. */
  setCcAlgorithm(algorithm: number): void;
  enableHystart(enabled: boolean): void;
  enablePacing(enabled: boolean): void;
}

export interface ConnectionError {
  isApp: boolean;
  errorCode: number;
  reason: Uint8Array;
}

/** Every method may throw an `Error` whose message is the name of quiche's error. */
export interface NativeConnection {
  /** Takes a datagram, which is decrypted in place. */
  recv(datagram: Uint8Array, info: RecvInfo): number;
  /** Writes the next datagram; `null` when there is none. */
  send(datagram: Uint8Array): [length: number, info: unknown] | null;
  /** `null` when there is nothing to read now. */
  streamRecv(id: number, bytes: Uint8Array): [length: number, is_fin: boolean] | null;
  /** Bytes that may be written now. Throws `InvalidStreamState` for a stream that is over. */
  streamCapacity(id: number): number;
  /** Copies what it takes; `null` when that is nothing. */
  streamSend(id: number, bytes: Uint8Array, is_fin: boolean): number | null;
  /** A lower urgency goes first, 0 to 255; of the same urgency the older stream. Makes a stream that is new. */
  streamPriority(id: number, urgency: number, is_incremental: boolean): void;
  /** 0 stops the reading, 1 the writing. */
  streamShutdown(id: number, direction: 0 | 1, code: number): void | null;
  peerStreamsLeftBidi(): number;
  readable(): Iterable<number>;
  /** Milliseconds until `onTimeout()` is due. */
  timeout(): number | null;
  onTimeout(): void;
  close(is_app: boolean, code: number, reason: Uint8Array): void | null;
  isEstablished(): boolean;
  isDraining(): boolean;
  isClosed(): boolean;
  isTimedOut(): boolean;
  peerError(): ConnectionError | null;
  localError(): ConnectionError | null;
  /** Makes the next datagram one that has to be acknowledged. */
  sendAckEliciting(): void;
}

export interface NativeHeader {
  readonly version: number;
  readonly dcid: Uint8Array<ArrayBuffer>;
  readonly scid: Uint8Array<ArrayBuffer>;
  readonly token?: Uint8Array<ArrayBuffer>;
}

export interface Quiche {
  readonly PROTOCOL_VERSION: number;
  readonly Config: {
    withBoringSslCtx(
      verify_peer: boolean,
      verify_allow_fail: boolean,
      ca: Uint8Array | null,
      keys: Uint8Array[] | null,
      certs: Uint8Array[] | null,
      signature_algorithms: string | null,
    ): NativeConfig;
  };
  readonly Connection: {
    connect(
      server_name: string,
      scid: Uint8Array,
      local: HostPort,
      remote: HostPort,
      config: NativeConfig,
    ): NativeConnection;
    accept(
      scid: Uint8Array,
      original_dcid: Uint8Array | null,
      local: HostPort,
      remote: HostPort,
      config: NativeConfig,
    ): NativeConnection;
  };
  readonly Header: { fromSlice(datagram: Uint8Array, dcid_bytes: number): NativeHeader };
  /** Writes a Version Negotiation packet and gives its length. */
  negotiateVersion(scid: Uint8Array, dcid: Uint8Array, out: Uint8Array): number;
  /** Writes a Retry packet and gives its length. */
  retry(
    scid: Uint8Array,
    dcid: Uint8Array,
    new_scid: Uint8Array,
    token: Uint8Array,
    version: number,
    out: Uint8Array,
  ): number;
  versionIsSupported(version: number): boolean;
}

declare const binding: { default: Quiche };
export default binding;
