/** Marks the functions that engines shall compile while a script is still coming, before anything waits for them. */

import { parse } from 'acorn'
import { simple } from 'acorn-walk'

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
  const mark = ({ start, end }) => places.push([start, '('], [end, ')'])
  simple(parse(code, { ecmaVersion: 2022, sourceType }), {
    ArrowFunctionExpression: mark,
    FunctionExpression(node) {
      // To Acorn a method has one too, which begins with its parameters.
      if (code[node.start] !== '(') mark(node)
    },
  })
  let marked = ''
  let done = 0
  for (const [place, parenthesis] of places.sort(([a], [b]) => a - b)) {
    marked += code.slice(done, place) + parenthesis
    done = place
  }
  return marked + code.slice(done)
}
