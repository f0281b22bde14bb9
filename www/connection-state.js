// Shows a readyState by its name in the standard. Both halves of the page use it.

const NAMES = ['CONNECTING', 'OPEN', 'CLOSED']

export function showState(output, readyState) {
  const name = NAMES[readyState]
  // Writing the same text again would make a screen reader say it again.
  if (output.textContent === name) return
  output.textContent = name
  output.dataset.state = name.toLowerCase()
}
