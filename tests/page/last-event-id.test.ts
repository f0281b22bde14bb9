/**
 * The last event ID over connections: which one is sent as Last-Event-ID, in which bytes, and what messages carry.
 * How ids are read within one stream is in format.test.ts.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'
import { native } from './harness/config'
import type { Step } from './harness/server'
import type { Trial } from './harness/trial'

/** UTF-8 of an id as the server's log shows header bytes. */
function asBytes(id: string): string {
  return String.fromCharCode(...new TextEncoder().encode(id))
}

/**
 * Whether fetch sends the bytes of a header as they are. WebKitGTK encodes each once more, so that no script there can
 * send what is beyond Latin-1; a native class can.
 */
async function sendsBytes(trial: Trial): Promise<boolean> {
  const key = `${trial.key}-probe`
  await fetch(trial.at('/echo', { end: 'close', key }), { headers: { 'X-Bytes': asBytes('…') } })
  const [request] = await trial.requests(key)
  return request!.headers['x-bytes']![0] === asBytes('…')
}

/** Runs the connections, each of one text, and gives the Last-Event-ID of every request, and the messages. */
async function reconnect(trial: Trial, texts: string[]): Promise<{ sent: (string | undefined)[]; ids: string[] }> {
  const steps: Step[] = texts.map((text) => ({ chunks: [{ text: `retry: 10\n${text}` }] }))
  steps.push({ chunks: [{ text: 'event: done\ndata: x\n\n' }], end: 'stall' })
  const { source, recorder } = trial.listen(await trial.script(steps), 'done')
  await recorder.until('done')
  source.close()
  const requests = await trial.requests()
  return {
    sent: requests
      .filter(({ url }) => url.includes('/script/'))
      .map(({ headers }) => headers['last-event-id']?.join('|')),
    ids: recorder.events.flatMap((event) => (event instanceof MessageEvent ? [event.lastEventId] : [])),
  }
}

describe('Last-Event-ID', () => {
  it('is not sent with the first request', async (trial) => {
    const { sent } = await reconnect(trial, [])
    assert.deepEqual(sent, [undefined])
  })

  it('is not sent when no id came', async (trial) => {
    const { sent } = await reconnect(trial, ['data: a\n\n'])
    assert.deepEqual(sent, [undefined, undefined])
  })

  it('is the id of the last event', async (trial) => {
    const { sent } = await reconnect(trial, ['id: 1\ndata: a\n\nid: 2\ndata: b\n\n'])
    assert.deepEqual(sent, [undefined, '2'])
  })

  it('stays over connections that bring none', async (trial) => {
    const { sent, ids } = await reconnect(trial, ['id: 1\ndata: a\n\n', 'data: b\n\n', 'data: c\n\n'])
    assert.deepEqual(sent, [undefined, '1', '1', '1'])
    assert.deepEqual(ids, ['1', '1', '1', '1'])
  })

  it('changes with each connection’s last one', async (trial) => {
    const { sent, ids } = await reconnect(trial, ['id: 1\ndata: a\n\n', 'id: 2\ndata: b\n\n', 'id: 3\ndata: c\n\n'])
    assert.deepEqual(sent, [undefined, '1', '2', '3'])
    assert.deepEqual(ids, ['1', '2', '3', '3'])
  })

  it('is not sent any more after an empty id', async (trial) => {
    const { sent, ids } = await reconnect(trial, ['id: 1\ndata: a\n\n', 'id\ndata: b\n\n', 'data: c\n\n'])
    assert.deepEqual(sent, [undefined, '1', undefined, undefined])
    assert.deepEqual(ids, ['1', '', '', ''])
  })

  it('comes from a block without data, too', async (trial) => {
    const { sent } = await reconnect(trial, ['id: 1\ndata: a\n\nid: 2\n\n'])
    assert.deepEqual(sent, [undefined, '2'])
  })

  it('does not come from an unfinished block', async (trial) => {
    const { sent, ids } = await reconnect(trial, ['id: 1\ndata: a\n\nid: 2\ndata: b\n', 'id: 3\n', 'id: 4'])
    assert.deepEqual(sent, [undefined, '1', '1', '1'])
    assert.deepEqual(ids, ['1', '1'])
  })

  it('is not that of a block which the end of a connection cut, in the next block either', async (trial) => {
    const { ids } = await reconnect(trial, ['id: 1\ndata: a\n\nid: 2\ndata: b\n', 'data: c\n\n'])
    assert.deepEqual(ids, ['1', '1', '1'])
  })

  it('is not changed by an id with NUL', async (trial) => {
    const { sent } = await reconnect(trial, ['id: 1\ndata: a\n\nid: 2\u0000\ndata: b\n\n'])
    assert.deepEqual(sent, [undefined, '1'])
  })

  for (const [kind, id] of [
    ['in Latin-1', 'äöü'],
    ['beyond Latin-1', '…€✓'],
    ['beyond the basic plane', 'a💡b'],
    ['in Chinese', '事件四十二'],
    ['with punctuation', 'a:b;c,d="e"/f?g&h%20'],
    ['with spaces inside', 'a b  c'],
    ['with a tab inside', 'a\tb'],
    ['of digits', '00012345678901234567890'],
    ['of 2000 characters', 'x'.repeat(2000)],
  ] as const) {
    it(`is sent as UTF-8: ${kind}`, async (trial) => {
      const { sent, ids } = await reconnect(trial, [`id: ${id}\ndata: a\n\n`, 'data: b\n\n'])
      assert.deepEqual(ids, [id, id, id])
      assert.lengthOf(sent, 3)
      const within = [...id].every((character) => character <= 'ÿ')
      if (native || within || (await sendsBytes(trial))) assert.deepEqual(sent, [undefined, asBytes(id), asBytes(id)])
    })
  }

  it('is that of the source alone', async (trial) => {
    const { sent } = await reconnect(trial, ['id: 1\ndata: a\n\n'])
    assert.deepEqual(sent, [undefined, '1'])
    const { recorder } = trial.listen(trial.at('/echo'))
    const request = JSON.parse((await recorder.until('message')).data) as { headers: Record<string, unknown> }
    assert.notProperty(request.headers, 'last-event-id')
  })

  it('is sent after a reset, too', async (trial) => {
    const url = await trial.script([
      { chunks: [{ text: 'retry: 10\nid: 1\ndata: a\n\n' }, { text: 'id: 2\nda', pause: 40 }], end: 'reset' },
      { chunks: [{ text: 'data: b\n\n' }], end: 'stall' },
    ])
    const { recorder } = trial.listen(url)
    await recorder.until('message', 2)
    const requests = await trial.requests()
    assert.deepEqual(requests.at(-1)!.headers['last-event-id'], ['1'])
    assert.strictEqual((recorder.events.at(-1) as MessageEvent).lastEventId, '1')
  })
})
