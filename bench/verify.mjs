/** A client that loses, repeats or changes an event fails the run. */

/** `expected` keeps what the first round gave as a quick sum, which every later round must give too. */
export function verify({ client, url, full }, { units, checksum, quick }, expected) {
  const who = `${client}, ${url}`
  if (units !== expected.events) throw new Error(`${who}: ${units} events in place of ${expected.events}`)
  if (full && checksum !== expected.checksum) {
    throw new Error(`${who}: the checksum is ${checksum} in place of ${expected.checksum}`)
  }
  if (full) expected.quick ??= quick
  if (quick !== (expected.quick ?? quick)) throw new Error(`${who}: the data differs from round to round`)
}

/** What to ask of a page: the stream, whether to compute its checksum, when to give up. */
export function order(client, { url, types, events, bytes }, { full = false, limit = 30_000 } = {}) {
  return { client, url, types, events, bytes, full, limit }
}
