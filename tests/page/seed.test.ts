/**
 * The seed document's three example streams, as files. Its page and its PHP script are run by seed-page.mjs.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'
import type { Trial } from './harness/trial'

async function read(trial: Trial, file: string, size?: number): Promise<[string, string][]> {
  const types = ['userconnect', 'usermessage', 'userdisconnect']
  const messages = await trial.messages(trial.at('/stream', { file, size }), ...types)
  return messages.map(({ type, data }) => [type, data])
}

const examples: [string, string, [string, string][]][] = [
  [
    'messages with data alone',
    'seed-data-only.txt',
    [
      ['message', 'some text'],
      ['message', 'another message\nwith two lines'],
    ],
  ],
  [
    'named events',
    'seed-named-events.txt',
    [
      ['userconnect', '{"username": "bobby", "time": "02:33:48"}'],
      ['usermessage', '{"username": "bobby", "time": "02:34:11", "text": "Hi everyone."}'],
      ['userdisconnect', '{"username": "bobby", "time": "02:34:23"}'],
      ['usermessage', '{"username": "sean", "time": "02:34:36", "text": "Bye, bobby."}'],
    ],
  ],
  [
    'named events and messages together',
    'seed-mixed.txt',
    [
      ['userconnect', '{"username": "bobby", "time": "02:33:48"}'],
      ['message', "Here's a system message of some kind that will get used\nto accomplish some task."],
      ['usermessage', '{"username": "bobby", "time": "02:34:11", "text": "Hi everyone."}'],
    ],
  ],
]

describe('the seed’s example of', () => {
  for (const [title, file, expected] of examples) {
    it(title, async (trial) => {
      assert.deepEqual(await read(trial, file), expected)
    })

    it(`${title}, byte by byte`, async (trial) => {
      assert.deepEqual(await read(trial, file, 1), expected)
    })
  }
})
