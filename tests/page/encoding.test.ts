/**
 * Bytes into text: UTF-8 always, one leading BOM dropped, what is not UTF-8 replaced as TextDecoder replaces it.
 * Every stream is read whole and byte by byte.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'
import { bytes, type Bytes } from './harness/server'
import type { Trial } from './harness/trial'

const bom = [0xef, 0xbb, 0xbf]

/** The data of all messages, the same for the stream in one piece and in single bytes. */
async function dataOf(trial: Trial, ...parts: Bytes[]): Promise<string[]> {
  const body = bytes(...parts)
  const whole = await trial.messages(trial.at('/stream', { body }))
  const single = await trial.messages(trial.at('/stream', { body, size: 1, pause: 2 }))
  assert.deepEqual(single, whole, 'byte by byte')
  return whole.map(({ data }) => data)
}

describe('a byte order mark', () => {
  it('at the start is dropped', async (trial) => {
    assert.deepEqual(await dataOf(trial, bom, 'data: a\n\ndata: b\n\n'), ['a', 'b'])
  })

  it('is dropped once: a second one belongs to the first line', async (trial) => {
    assert.deepEqual(await dataOf(trial, bom, bom, 'data: a\n\ndata: b\n\n'), ['b'])
  })

  it('later is text', async (trial) => {
    const stream = ['data: a\n\n', bom, 'data: b\n\ndata: ', bom, 'c\n\n']
    assert.deepEqual(await dataOf(trial, ...stream), ['a', '\ufeffc'])
  })

  it('after a line end is no leading one', async (trial) => {
    assert.deepEqual(await dataOf(trial, '\n', bom, 'data: a\n\ndata: b\n\n'), ['b'])
  })

  it('alone is an empty stream', async (trial) => {
    assert.deepEqual(await dataOf(trial, bom), [])
  })

  it('that is incomplete is replaced', async (trial) => {
    assert.deepEqual(await dataOf(trial, [0xef, 0xbb], 'data: a\n\ndata: b\n\n'), ['b'])
  })

  it('of UTF-16 is no mark', async (trial) => {
    assert.deepEqual(await dataOf(trial, [0xfe, 0xff], 'data: a\n\ndata: b\n\n'), ['b'])
  })

  it('is dropped at the start of each connection', async (trial) => {
    const text = '\ufeffdata: a\n\n'
    const url = await trial.script([
      { chunks: [{ text: `\ufeffretry: 10\ndata: a\n\n` }] },
      { chunks: [{ text }] },
      { chunks: [{ text }], end: 'stall' },
    ])
    const { recorder } = trial.listen(url)
    await recorder.until('message', 3)
    assert.deepEqual(recorder.data, ['a', 'a', 'a'])
  })
})

describe('UTF-8', () => {
  it('is decoded whatever its characters’ length', async (trial) => {
    const text = 'aäß€✓日本語💡👩‍👩‍👧'
    assert.deepEqual(await dataOf(trial, `data: ${text}\n\n`), [text])
  })

  it('is decoded in lines before and after ASCII alone', async (trial) => {
    assert.deepEqual(await dataOf(trial, 'data: a\n\ndata: ü\ndata: b\ndata: 💡c\n\ndata: d\n\n'), [
      'a',
      'ü\nb\n💡c',
      'd',
    ])
  })

  const malformed: [string, number[]][] = [
    ['a lone continuation byte', [0x80]],
    ['a lone leading byte', [0xc3]],
    ['an incomplete three-byte character', [0xe2, 0x82]],
    ['an incomplete four-byte character', [0xf0, 0x9f, 0x92]],
    ['an overlong form', [0xc0, 0xaf]],
    ['an overlong three-byte form', [0xe0, 0x80, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a pair of surrogates', [0xed, 0xa0, 0xbd, 0xed, 0xb2, 0xa1]],
    ['a character past U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['bytes that never occur', [0xff, 0xfe, 0xf8, 0xfb]],
    ['a leading byte before a full character', [0xe2, 0xc3, 0xbc]],
    ['Latin-1', [0xfc, 0x6e, 0xef]],
  ]
  for (const [kind, broken] of malformed) {
    it(`that is malformed is replaced as TextDecoder does it: ${kind}`, async (trial) => {
      const expected = new TextDecoder().decode(Uint8Array.from(broken))
      assert.deepEqual(await dataOf(trial, 'data: ü', broken, 'z\n\ndata: ', broken, '\n\ndata: end\n\n'), [
        `ü${expected}z`,
        expected,
        'end',
      ])
    })
  }

  it('that is malformed does not hide a line end', async (trial) => {
    assert.deepEqual(
      await dataOf(trial, 'data: a', [0xe2], '\ndata: b', [0xf0, 0x9f], '\r\rdata: c', [0xc3], '\r\n\r\n'),
      ['a\ufffd\nb\ufffd', 'c\ufffd'],
    )
  })

  it('that is malformed is replaced in each event by itself, where halves of a character would meet', async (trial) => {
    assert.deepEqual(
      await dataOf(trial, 'data: a\ndata: b', [0xc3], '\n\ndata: ', [0xbc], 'c\ndata: d\n\ndata: ü\ndata: e\n\n'),
      ['a\nb\ufffd', '\ufffdc\nd', 'ü\ne'],
    )
  })

  it('that is malformed where nobody sees it leaves the rest as it is', async (trial) => {
    assert.deepEqual(await dataOf(trial, 'data: ü\n\n:', [0xff, 0xff], '\ndata: 日本\n\n'), ['ü', '日本'])
  })

  it('may hold the character that malformed bytes are replaced by', async (trial) => {
    assert.deepEqual(await dataOf(trial, 'data: ü\n\ndata: \ufffd\ndata: 💡\n\ndata: end\n\n'), [
      'ü',
      '\ufffd\n💡',
      'end',
    ])
  })

  it('of events of which one line and several lines take turns is cut where it should be', async (trial) => {
    const body = Array.from({ length: 50 }, (_, n) => `data: ü${n}\n\nid: 日${n}\ndata: 💡\ndata: ${n}é\n\n`).join('')
    const expected = Array.from({ length: 50 }, (_, n) => [`ü${n}`, `💡\n${n}é`]).flat()
    assert.deepEqual(await dataOf(trial, body), expected)
  })

  it('that is malformed is replaced in types, ids and field names, too', async (trial) => {
    const body = bytes('event: x', [0xff], '\nid: ', [0x80], '\ndata: a\n\ndata', [0xff], ': b\n\ndata: c\n\n')
    assert.deepEqual(await trial.messages(trial.at('/stream', { body }), 'x\ufffd'), [
      { type: 'x\ufffd', data: 'a', lastEventId: '\ufffd' },
      { type: 'message', data: 'c', lastEventId: '\ufffd' },
    ])
  })

  it('is used whatever charset the type names', async (trial) => {
    for (const charset of ['utf-8', 'UTF-8']) {
      const url = trial.at('/stream', { body: 'data: ü€\n\n', type: `text/event-stream;charset=${charset}` })
      assert.deepEqual(
        (await trial.messages(url)).map(({ data }) => data),
        ['ü€'],
      )
    }
  })
})
