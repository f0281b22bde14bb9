/** Who takes part, and under which name. */

/** What everything is compared with comes first. Those that fire no events of the DOM say what they do instead. */
export const CLIENTS = [
  { name: 'native', label: 'native EventSource' },
  { name: 'ours', label: 'eventsource-wasm' },
  { name: 'before', label: 'eventsource-wasm, the other build' },
  { name: 'eventsource', label: 'eventsource', package: 'eventsource' },
  { name: 'event-source-polyfill', label: 'event-source-polyfill (plain objects)', package: 'event-source-polyfill' },
  {
    name: 'fetch-event-source',
    label: '@microsoft/fetch-event-source (callback)',
    package: '@microsoft/fetch-event-source',
  },
  { name: 'eventsource-client', label: 'eventsource-client (callback)', package: 'eventsource-client' },
  { name: 'extended-eventsource', label: 'extended-eventsource', package: 'extended-eventsource' },
  { name: 'fetch-event-stream', label: 'fetch-event-stream (loop)', package: 'fetch-event-stream' },
  { name: 'floor-message-event', label: 'floor: parser, MessageEvent' },
  { name: 'floor-ordered-event', label: 'floor: parser, Event with its data, in order' },
  { name: 'floor-data-event', label: 'floor: parser, Event with its data' },
  { name: 'floor-event', label: 'floor: parser, plain Event' },
  { name: 'floor-known', label: 'floor: what is heard is known, Event with its data, in order' },
  { name: 'floor-decode', label: 'floor: decoding, no events' },
  { name: 'floor-read', label: 'floor: reading, nothing more' },
]

/** Whether a client learns a stream when it comes for the first time, and so has a part only where it comes again. */
export const learnsStreams = (name) => name === 'floor-known'

/** Whether a client hands on events, and not chunks as they came. */
export const givesEvents = (name) => name !== 'floor-decode' && name !== 'floor-read'

/** `eventsource-parser` is what the others are compared with; the last three are floors. */
export const PARSERS = ['ours', 'ours-strings', 'before', 'eventsource-parser', 'floor-cut', 'floor-wasm', 'decode']

/** Whether a parser hands on events, and not text or nothing. */
export const parsesEvents = (name) => name !== 'floor-wasm' && name !== 'decode'
