/**
 * The routes of examples/server as the tests use them: addresses, scripts, topics and the log of requests.
 * Control requests go to the other origin, so that a page's six connections to its own are left to the sources.
 */
import { config } from './config'

export type Bytes = string | readonly number[] | Uint8Array<ArrayBuffer>
export type Parameters = Record<string, string | number | readonly string[] | Bytes | undefined>

export interface LoggedRequest {
  method: string
  url: string
  headers: Record<string, string[]>
  body: string
  at: number
  open: boolean
  closedAt: number | null
}

export interface Step {
  status?: number
  type?: string
  headers?: Record<string, string>
  delay?: number
  chunks?: ({ text: string; pause?: number } | { hex: string; pause?: number })[]
  end?: 'close' | 'reset' | 'stall'
  refuse?: true
}

/** Strings as UTF-8, numbers as the bytes they are. */
export function bytes(...parts: Bytes[]): Uint8Array<ArrayBuffer> {
  const pieces = parts.map((part) =>
    typeof part === 'string' ? new TextEncoder().encode(part) : Uint8Array.from(part),
  )
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

export function hex(part: Bytes): string {
  return Array.from(bytes(part), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function percent(part: Bytes): string {
  if (typeof part === 'string') return encodeURIComponent(part)
  return Array.from(part, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

/** `path` with a query; a list gives the name several times, bytes are percent-encoded as they are. */
export function address(origin: string, path: string, parameters: Parameters): string {
  const pairs: string[] = []
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue
    const several = Array.isArray(value) && typeof value[0] === 'string' ? (value as string[]) : [value]
    for (const one of several) pairs.push(`${name}=${percent(typeof one === 'number' ? String(one) : (one as Bytes))}`)
  }
  return `${origin}${path}${pairs.length ? `?${pairs.join('&')}` : ''}`
}

async function control(path: string, parameters: Parameters, init?: RequestInit): Promise<Response> {
  const response = await fetch(address(config.otherOrigin, path, { ...parameters, cors: '*' }), init)
  if (!response.ok) throw new Error(`${init?.method ?? 'GET'} ${path}: the server answered ${response.status}`)
  return response
}

export async function requestsOf(key: string): Promise<LoggedRequest[]> {
  const log = (await (await control('/log', { key })).json()) as { requests: LoggedRequest[] }
  return log.requests
}

export async function postScript(key: string, steps: Step[], last: 'repeat' | 'stop'): Promise<void> {
  await control('/script', { key }, { method: 'POST', body: JSON.stringify({ steps, last }) })
}

export async function publish(topic: string, part: Bytes, end?: 'close' | 'reset'): Promise<void> {
  await control('/publish', { topic, end }, { method: 'POST', body: bytes(part) })
}
