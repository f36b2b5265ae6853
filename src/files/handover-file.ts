// The hand-over file's bytes: written compressed, checksummed and, on request, encrypted; read back with a reason for every refusal.
import * as v from 'valibot'
import { HANDOVER_FORMAT, HANDOVER_VERSION, HandoverContent, HandoverHeader, HandoverStamp } from '../contract/handover'
import { HANDOVER_LIMITS } from '../domain/handover'
import type { Handover, HandoverLimits, HandoverProblem } from '../domain/handover'
import { asId } from '../domain/ids'
import type { ScanEvent } from '../domain/scan-event'

/** OWASP's advice for PBKDF2-SHA-256 (2023); a third of a second on an iPad, once per file. */
const ITERATIONS = 600_000
const SALT_BYTES = 16
const IV_BYTES = 12
/** The header line is a few hundred bytes. */
const HEADER_BYTES_MAX = 4096
const NEW_LINE = 10

type FileCrypto = Pick<Crypto, 'subtle' | 'getRandomValues'>

/** Writes a hand-over as a file, and reads one back. */
export interface HandoverFile {
  /** @throws {HandoverError} `insecure`, `too-large` */
  readonly write: (handover: Handover, passphrase: string | null) => Promise<Blob>
  /** Too large is said before a byte of it is read. @throws {HandoverError} and nothing else */
  readonly read: (file: Blob, passphrase: string | null) => Promise<Handover>
}

export interface FileEdge {
  /** Of the browser. */
  readonly crypto: FileCrypto
  /** HANDOVER_LIMITS, unless a test says otherwise. */
  readonly limits?: HandoverLimits
}

/** A file cannot be read, or not made. Nothing was changed by trying. */
export class HandoverError extends Error {
  override readonly name = 'HandoverError'

  constructor(
    readonly problem: HandoverProblem,
    options?: ErrorOptions,
  ) {
    super(`Hand-over file: ${problem}`, options)
  }
}

export function createHandoverFile(edge: FileEdge): HandoverFile {
  const { fileBytes } = edge.limits ?? HANDOVER_LIMITS
  return {
    write: async (handover, passphrase) => new Blob([await encodeHandover(handover, passphrase, edge)]),
    read: async (file, passphrase) => {
      if (file.size > fileBytes) throw new HandoverError('too-large')
      return decodeHandover(new Uint8Array(await file.arrayBuffer()), passphrase, edge)
    },
  }
}

/**
 * Content → JSON → gzip → AES-GCM, behind one line that says how to read it.
 *
 * @param passphrase null: not encrypted
 * @throws {HandoverError} `insecure`, `too-large`
 */
export async function encodeHandover(
  handover: Handover,
  passphrase: string | null,
  { crypto, limits = HANDOVER_LIMITS }: FileEdge,
): Promise<Uint8Array<ArrayBuffer>> {
  const { subtle } = requireSecure(crypto)
  const content = new TextEncoder().encode(JSON.stringify(contentOf(handover)))
  if (content.length > limits.contentBytes) throw new HandoverError('too-large')
  const packed = await bytesOf(streamOf(content).pipeThrough(new CompressionStream('gzip')), limits.fileBytes)
  const locked = passphrase === null ? null : await lock(packed, passphrase, crypto)
  const body = locked?.body ?? packed
  const header: HandoverHeader = {
    format: HANDOVER_FORMAT,
    version: HANDOVER_VERSION,
    sha256: hexOf(new Uint8Array(await subtle.digest('SHA-256', body))),
    encryption: locked?.encryption ?? null,
  }
  const line = new TextEncoder().encode(`${JSON.stringify(header)}\n`)
  const file = new Uint8Array(line.length + body.length)
  file.set(line)
  file.set(body, line.length)
  return file
}

/**
 * Read a file. Refusals come in the order in which a person can do something about them: not ours, newer, damaged,
 * passphrase.
 *
 * @param passphrase null: none was asked for yet
 * @throws {HandoverError} and nothing else
 */
export async function decodeHandover(
  file: Uint8Array<ArrayBuffer>,
  passphrase: string | null,
  { crypto, limits = HANDOVER_LIMITS }: FileEdge,
): Promise<Handover> {
  const { subtle } = requireSecure(crypto)
  if (file.length > limits.fileBytes) throw new HandoverError('too-large')
  const lineEnd = file.subarray(0, HEADER_BYTES_MAX).indexOf(NEW_LINE)
  if (lineEnd < 0) throw new HandoverError('foreign')
  const header = headerOf(file.subarray(0, lineEnd))
  const body = file.slice(lineEnd + 1)
  if (hexOf(new Uint8Array(await subtle.digest('SHA-256', body))) !== header.sha256) throw new HandoverError('damaged')
  if (header.encryption !== null && passphrase === null) throw new HandoverError('needs-passphrase')
  const packed = header.encryption === null ? body : await unlock(body, header.encryption, { passphrase: passphrase ?? '', crypto })
  return handoverOf(await unpack(packed, limits))
}

function requireSecure(crypto: FileCrypto): FileCrypto {
  // Typed as always there; over plain http it is not.
  if ((crypto.subtle as SubtleCrypto | undefined) === undefined) throw new HandoverError('insecure')
  return crypto
}

function headerOf(line: Uint8Array): HandoverHeader {
  const json = jsonOf(line, 'foreign')
  const stamp = v.safeParse(HandoverStamp, json)
  if (!stamp.success) throw new HandoverError('foreign')
  if (stamp.output.version > HANDOVER_VERSION) throw new HandoverError('newer')
  const header = v.safeParse(HandoverHeader, json)
  if (!header.success) throw new HandoverError('damaged')
  return header.output
}

function jsonOf(bytes: Uint8Array, otherwise: HandoverProblem): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new HandoverError(otherwise, { cause: error })
  }
}

async function unpack(packed: Uint8Array<ArrayBuffer>, limits: HandoverLimits): Promise<HandoverContent> {
  const bytes = await unzipped(packed, limits)
  const content = v.safeParse(HandoverContent, jsonOf(bytes, 'damaged'))
  // The checksum was right: it was written like this, by no version that we know.
  if (!content.success) throw new HandoverError('damaged')
  if (content.output.logs.reduce((sum, log) => sum + log.events.length, 0) > limits.events) throw new HandoverError('too-large')
  return content.output
}

async function unzipped(packed: Uint8Array<ArrayBuffer>, limits: HandoverLimits): Promise<Uint8Array> {
  try {
    return await bytesOf(streamOf(packed).pipeThrough(new DecompressionStream('gzip')), limits.contentBytes)
  } catch (error) {
    if (error instanceof HandoverError) throw error
    throw new HandoverError('damaged', { cause: error })
  }
}

type Encryption = NonNullable<HandoverHeader['encryption']>

async function lock(
  packed: Uint8Array<ArrayBuffer>,
  passphrase: string,
  crypto: FileCrypto,
): Promise<{ readonly body: Uint8Array<ArrayBuffer>; readonly encryption: Encryption }> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
  const encryption: Encryption = {
    cipher: 'AES-GCM-256',
    kdf: 'PBKDF2-SHA-256',
    iterations: ITERATIONS,
    salt: base64Of(salt),
    iv: base64Of(iv),
  }
  const key = await keyOf(passphrase, encryption, crypto)
  const body = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: boundTo(encryption) }, key, packed)
  return { body: new Uint8Array(body), encryption }
}

async function unlock(
  body: Uint8Array<ArrayBuffer>,
  encryption: Encryption,
  { passphrase, crypto }: { readonly passphrase: string; readonly crypto: FileCrypto },
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await keyOf(passphrase, encryption, crypto)
  const params = { name: 'AES-GCM', iv: bytesOfBase64(encryption.iv), additionalData: boundTo(encryption) }
  try {
    return new Uint8Array(await crypto.subtle.decrypt(params, key, body))
  } catch (error) {
    // The bytes are as they were written: the checksum said so.
    throw new HandoverError('wrong-passphrase', { cause: error })
  }
}

/** The header's word on the encryption is sealed with the content: changed, it does not open. */
function boundTo({ cipher, kdf, iterations, salt, iv }: Encryption): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([HANDOVER_FORMAT, HANDOVER_VERSION, cipher, kdf, iterations, salt, iv]))
}

async function keyOf(passphrase: string, { salt, iterations }: Encryption, { subtle }: FileCrypto): Promise<CryptoKey> {
  // Two keyboards may write one letter in two ways.
  const secret = new TextEncoder().encode(passphrase.normalize('NFKC'))
  const base = await subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveKey'])
  const derivation = { name: 'PBKDF2', hash: 'SHA-256', salt: bytesOfBase64(salt), iterations }
  return subtle.deriveKey(derivation, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

/** What is inside a file. */
export function contentOf({ logs, sessions, ...about }: Handover): HandoverContent {
  return {
    ...about,
    matches: [...about.matches],
    sessions: sessions.map(({ session: { holder: _, ...session }, cycleCount }) => ({ session, cycleCount })),
    logs: logs.map(({ logId, sessionId, userName, events }) => ({
      logId,
      sessionId,
      userName,
      events: events.map(({ logId: _log, sessionId: _session, seq: _seq, ...event }) => event),
    })),
  }
}

export function handoverOf({ logs, sessions, matches, ...about }: HandoverContent): Handover {
  return {
    ...about,
    userName: asId(about.userName),
    deviceId: asId(about.deviceId),
    sessions: sessions.map(({ session, cycleCount }) => ({
      session: {
        ...session,
        sessionId: asId(session.sessionId),
        cycleCountId: asId(session.cycleCountId),
        createdBy: session.createdBy === null ? null : asId(session.createdBy),
        holder: null,
      },
      cycleCount: {
        ...cycleCount,
        cycleCountId: asId(cycleCount.cycleCountId),
        facilityId: asId(cycleCount.facilityId),
        requestedItems: null,
        countedItems: null,
      },
    })),
    logs: logs.map((log) => ({
      logId: asId(log.logId),
      sessionId: asId(log.sessionId),
      userName: asId(log.userName),
      events: log.events.map((event, index) => eventOf(log, event, index + 1)),
    })),
    matches: matches.map(({ sessionId, itemKey, productId, packSize }) => ({
      sessionId: asId(sessionId),
      itemKey: asId(itemKey),
      productId: asId(productId),
      packSize,
    })),
  }
}

type ContentLog = HandoverContent['logs'][number]

/** Checked field by field above; the brands, and which kind has `negates`, are the only things added here. */
function eventOf({ logId, sessionId }: ContentLog, event: ContentLog['events'][number], seq: number): ScanEvent {
  return { ...event, logId, sessionId, seq } as unknown as ScanEvent
}

function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new Blob([bytes]).stream()
}

/** @throws {HandoverError} `too-large` as soon as it is, not when the memory is full */
async function bytesOf(stream: ReadableStream<Uint8Array>, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > bytesMax) {
      await reader.cancel()
      throw new HandoverError('too-large')
    }
    chunks.push(value)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const base64Of = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))
const bytesOfBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (it) => it.charCodeAt(0))
