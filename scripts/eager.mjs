/** Marks the functions that engines shall compile while a script is still coming, before anything waits for them. */

import { parse } from 'acorn'

/**
 * Puts each function that is an expression in parentheses: arrow functions, and others but for methods. V8 and SpiderMonkey
 * take that for a sign that it is called soon, and compile it along with the script, on a thread of its own. All others are
 * compiled when they are first called, on the main thread, while a fresh page waits for its first event.
 *
 * esbuild keeps such parentheses when it bundles. Where something takes them away, as Terser does, nothing but that is lost.
 *
 * The code must have its semicolons, as a minifier writes it: a line that began with an arrow would become a call.
 */
export function markEager(code, sourceType) {
  const places = []
  const look = (node) => {
    // To Acorn a method has a function expression, which begins with its parameters.
    if (/^(Arrow)?FunctionExpression$/.test(node.type) && !isMethod(node))
      places.push([node.start, '('], [node.end, ')'])
    for (const child of Object.values(node)) if (child instanceof Object) look(child)
  }
  const isMethod = ({ type, start }) => type === 'FunctionExpression' && code[start] === '('
  look(parse(code, { ecmaVersion: 2022, sourceType }))
  let marked = ''
  let done = 0
  for (const [place, parenthesis] of places.sort(([a], [b]) => a - b)) {
    marked += code.slice(done, place) + parenthesis
    done = place
  }
  return marked + code.slice(done)
}
