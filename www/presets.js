// Requests to try in the inspector, one for each thing that the example server can do to a client. Nothing here
// knows about the form.

/** @typedef {{ label: string, url: string, method?: string, headers?: [string, string][], body?: string }} Preset */

/** @type {Preset[]} */
export const presets = [
  { label: 'Ping demo', url: '/demo/ping' },
  {
    label: 'Numbered, five per connection',
    url: '/numbered?count=20&interval=300&perConnection=5&retry=1000',
  },
  {
    label: 'Numbered, cut inside events',
    url: '/numbered?count=20&interval=300&perConnection=5&retry=1000&fault=cut',
  },
  {
    label: 'Echo of a POST with headers',
    url: '/echo',
    method: 'POST',
    headers: [
      ['Content-Type', 'application/json'],
      ['Authorization', 'Bearer demo-token'],
    ],
    body: '{"prompt": "Hello, stream"}',
  },
  {
    label: 'Tokens of a language model',
    url: '/bench?shape=llm110&count=500&chunk=1400&rate=20',
  },
  {
    label: 'Chinese and emoji, three bytes at a time',
    url: streamUrl('retry: 2000\n\nid: 1\ndata: 你好，世界\n\nevent: mood\ndata: 🦀🎉\n\n', {
      size: 3,
      pause: 40,
      end: 'stall',
    }),
  },
  { label: 'Burst of 100,000 events', url: '/bench?shape=tick30&count=100000&chunk=16384' },
  { label: 'Status 404', url: '/status/404' },
  { label: 'Wrong type: text/html', url: '/status/200?type=text/html' },
  {
    label: 'Connection reset in the middle of an event',
    url: streamUrl('retry: 2000\n\ndata: this one is whole\n\ndata: this one is cut o', { end: 'reset' }),
  },
]

function streamUrl(body, options) {
  return `/stream?${new URLSearchParams({ ...options, body })}`
}
