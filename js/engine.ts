/** Which engine this is, for what no test of a feature tells. */

/** By what its errors alone have: to ask for the user agent takes a sixth of a millisecond of a fresh page. */
export const isFirefox = 'columnNumber' in Error()

export const isWebKit = (): boolean => {
  const userAgent = globalThis.navigator?.userAgent ?? ''
  // Chromium says AppleWebKit too.
  return userAgent.includes('AppleWebKit/') && !userAgent.includes('Chrom')
}
