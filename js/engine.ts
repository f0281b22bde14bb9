/** Which engine this is, for what no test of a feature tells. */

export function userAgentNames(name: string): boolean {
  return globalThis.navigator?.userAgent?.includes(name) ?? false
}

export function isWebKit(): boolean {
  // Chromium says AppleWebKit too.
  return userAgentNames('AppleWebKit/') && !userAgentNames('Chrom')
}
