/**
 * Where engines' own EventSource is known to leave the standard, with the reason. Only runs with `--source native`
 * look here: our class has no such list.
 */

const originalUrl = {
  title: /asks the address that a redirect led to/,
  reason: 'asks the original address again, though the request’s URL list ends with the redirected one',
}
const idWithoutData = {
  title:
    /comes from a block without data, too|counts from the end of its block on|a block without data dispatches nothing/,
  reason: 'drops the id of a block without data',
}

/** @type {Record<string, { title: RegExp, reason: string }[]>} */
const deviations = {
  chromium: [
    {
      title: /a frame with a source closes its connection when it is (removed|navigated), and fires nothing/,
      reason: 'fires error at a listener of another document when the frame goes',
    },
    {
      title: /leaving the page closes the connection|a page from the back\/forward cache/,
      reason: 'keeps the connection of a page in the back/forward cache',
    },
    { title: /reloading the page closes the connection and fires no error/, reason: 'fires error at a reload' },
  ],
  firefox: [
    originalUrl,
    idWithoutData,
    {
      title: /other characters end no line|NUL in data, event and names|an id with NUL|cut into chunks of \d bytes/,
      reason: 'drops U+0000 from data and types, and the block whose id holds one',
    },
    {
      title: /may be huge without a rush of requests: (4294967296|18446744073709551616)/,
      reason: 'lets a large retry overflow',
    },
    {
      title: /from a blob takes no relative address/,
      reason: 'resolves addresses in a blob worker against the page that made it',
    },
  ],
  webkit: [
    originalUrl,
    idWithoutData,
    {
      title: /a byte order mark (at the start is dropped|of UTF-16 is no mark)/,
      reason: 'does not see a byte order mark that comes in pieces, and sees that of UTF-16',
    },
    {
      title: /Last-Event-ID is sent after a reset, too|reconnection follows a reset/,
      reason: 'goes on with the unfinished event of the connection that was reset',
    },
    {
      title: /a page whose policy forbids connections/,
      reason: 'throws a SecurityError in the constructor',
    },
    {
      title: /a page from the back\/forward cache/,
      reason: 'fires error when the page is shown again',
    },
    {
      title: /fails it for good at window.stop\(\)/,
      reason: 'fires nothing at window.stop()',
    },
  ],
}

export function knownDeviation(browser, title) {
  return deviations[browser].find((entry) => entry.title.test(title))?.reason
}
