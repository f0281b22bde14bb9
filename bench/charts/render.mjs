/** From a Vega-Lite description to an SVG that can be read on light and on dark ground. What is shown is in the others. */
import { compile } from 'vega-lite'
import { parse, View } from 'vega'

/** In light and in dark; the light ones are those that the charts name. */
export const COLOURS = {
  text: ['#1a1f29', '#e7eaf0'],
  muted: ['#5a6372', '#9ba5b5'],
  line: ['#dde1e7', '#2a303a'],
  ours: ['#2457d6', '#8fb0ff'],
  native: ['#6b7483', '#a3adbc'],
  peer: ['#b9c1cd', '#566071'],
  floor: ['#dfe4ea', '#323a46'],
}

export const colour = (name) => COLOURS[name][0]

const CONFIG = {
  font: 'system-ui, -apple-system, "Segoe UI", sans-serif',
  background: null,
  view: { stroke: null },
  title: {
    color: colour('text'),
    subtitleColor: colour('muted'),
    fontSize: 14,
    subtitleFontSize: 12,
    anchor: 'start',
    frame: 'group',
    offset: 12,
    subtitlePadding: 4,
  },
  axis: {
    labelColor: colour('muted'),
    titleColor: colour('muted'),
    gridColor: colour('line'),
    domain: false,
    ticks: false,
    labelFontSize: 11.5,
    titleFontSize: 11.5,
    titleFontWeight: 400,
    labelPadding: 6,
  },
  axisY: { grid: false, labelLimit: 0, maxExtent: 265 },
  legend: {
    labelColor: colour('muted'),
    titleColor: colour('muted'),
    labelFontSize: 11.5,
    labelLimit: 320,
    symbolStrokeWidth: 0,
  },
  header: { labelColor: colour('text'), labelFontSize: 12.5, labelFontWeight: 600, labelAnchor: 'start' },
}

function darkStyle() {
  const rules = Object.values(COLOURS).map(
    ([light, dark]) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`,
  )
  return `<style>@media (prefers-color-scheme: dark){${rules.join('')}}</style>`
}

/** `description` is what a screen reader says in place of the picture. */
export async function svg(specification, description) {
  const { spec } = compile({ ...specification, padding: 8, config: CONFIG })
  const drawn = await new View(parse(spec), { renderer: 'none' }).toSVG()
  const escaped = description.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
  return drawn.replace(/(<svg[^>]*)>/, `$1 role="img"><title>${escaped}</title>${darkStyle()}`)
}
