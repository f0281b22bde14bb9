/**
 * A list in any order. What one client or parser leaves to collect, or a page to take down, the next may pay for: in a
 * fixed order it would always be the same one that pays.
 */
export function shuffled(list) {
  const all = [...list]
  for (let at = all.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1))
    ;[all[at], all[other]] = [all[other], all[at]]
  }
  return all
}
