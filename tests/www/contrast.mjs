// Measures the contrast of every text of a page with what is behind it.

/** Runs in the page: texts whose contrast with what is behind them is below 4.5 (WCAG 2.2, 1.4.3). */
export function findPoorContrast() {
  // A canvas knows every notation of colours.
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const paint = (colours) => {
    context.clearRect(0, 0, 1, 1)
    for (const colour of colours) {
      context.fillStyle = colour
      context.fillRect(0, 0, 1, 1)
    }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3)
  }
  const luminance = (channels) => {
    const [red, green, blue] = channels.map((channel) => {
      const share = channel / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const layersBehind = (element) =>
    element === null ? [] : [...layersBehind(element.parentElement), getComputedStyle(element).backgroundColor]

  const poor = []
  for (const element of document.body.querySelectorAll('*')) {
    const ownText = [...element.childNodes].some(({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim())
    const disabled = element.matches(':disabled')
    if ((!ownText && !element.matches('input, textarea')) || disabled || !element.checkVisibility()) continue
    const layers = layersBehind(element)
    const behind = luminance(paint(layers))
    const text = luminance(paint([...layers, getComputedStyle(element).color]))
    const contrast = (Math.max(behind, text) + 0.05) / (Math.min(behind, text) + 0.05)
    if (contrast < 4.5) poor.push(`${element.tagName} "${element.textContent.slice(0, 30)}": ${contrast.toFixed(2)}`)
  }
  return poor
}
