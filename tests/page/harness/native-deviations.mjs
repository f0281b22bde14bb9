/**
 * Where engines' own EventSource is known to leave the standard, with the reason. Only runs with `--source native`
 * look here: our class has no such list.
 */

/** @type {Record<string, { title: RegExp, reason: string }[]>} */
const deviations = { chromium: [], firefox: [], webkit: [] }

export function knownDeviation(browser, title) {
  return deviations[browser].find((entry) => entry.title.test(title))?.reason
}
