// The inspector's form: header rows, presets, and reading it all into the arguments of a constructor. What is wrong
// with an input is said beside it. Nothing here connects to anything.

import { presets } from './presets.js'

const element = (id) => document.getElementById(id)

const form = element('request')
const preset = element('preset')
const method = element('method')
const url = element('url')
const headerRows = element('header-rows')
const addHeader = element('add-header')
const body = element('body')
const bodyHint = element('body-hint')
const types = element('types')
const withCredentials = element('with-credentials')

/** The hint below a field gives its place to the complaint, so that nothing moves. */
const hints = new Map([
  [element('url-hint'), element('url-hint').textContent],
  [element('headers-hint'), element('headers-hint').textContent],
])

function complain(input, hint, message) {
  input.setAttribute('aria-invalid', 'true')
  input.setAttribute('aria-describedby', hint.id)
  hint.textContent = message
  hint.classList.add('complaint')
}

function forgive(inputs, hint) {
  for (const input of inputs) input.removeAttribute('aria-invalid')
  hint.textContent = hints.get(hint)
  hint.classList.remove('complaint')
}

function forgiveAll() {
  forgive([url], element('url-hint'))
  forgive(headerRows.querySelectorAll('input'), element('headers-hint'))
}

function appendHeaderRow(name = '', value = '') {
  const row = element('header-row').content.firstElementChild.cloneNode(true)
  row.querySelector('.header-name').value = name
  row.querySelector('.header-value').value = value
  row.querySelector('.remove').addEventListener('click', () => removeHeaderRow(row))
  headerRows.append(row)
  numberHeaderRows()
  return row
}

function removeHeaderRow(row) {
  const neighbour = row.nextElementSibling ?? row.previousElementSibling
  row.remove()
  forgive(headerRows.querySelectorAll('input'), element('headers-hint'))
  // One empty row always stays: there is never nothing to type in, and focus never falls to the page.
  const next = neighbour ?? appendHeaderRow()
  numberHeaderRows()
  next.querySelector(neighbour ? '.remove' : '.header-name').focus()
  preset.value = ''
}

function numberHeaderRows() {
  for (const [index, row] of [...headerRows.children].entries()) {
    const number = index + 1
    row.querySelector('.header-name').setAttribute('aria-label', `Header ${number}: name`)
    row.querySelector('.header-value').setAttribute('aria-label', `Header ${number}: value`)
    row.querySelector('.remove').setAttribute('aria-label', `Remove header ${number}`)
  }
}

/** Fetch refuses a body with GET; what was typed stays for when the method changes again. */
function updateBody() {
  const allowed = method.value !== 'GET'
  body.disabled = !allowed
  bodyHint.textContent = allowed ? 'Sent as text, in UTF-8.' : 'A GET request has no body.'
}

function usePreset({ url: address, method: verb = 'GET', headers = [], body: text = '' }) {
  url.value = address
  method.value = verb
  body.value = text
  types.value = ''
  withCredentials.checked = false
  headerRows.replaceChildren()
  for (const [name, value] of headers) appendHeaderRow(name, value)
  if (headers.length === 0) appendHeaderRow()
  updateBody()
  forgiveAll()
}

function urlComplaint(address) {
  if (address === '') return 'Type the URL of an event stream.'
  return URL.canParse(address, document.baseURI) ? '' : 'This is not a URL: is its scheme or its host misspelt?'
}

/** Asks the browser itself what it takes for a name and a value, so that the answer is the one it would give later. */
function headerComplaint(name, value) {
  if (name === '') return { part: 'name', message: 'This header has a value, but no name.' }
  try {
    new Headers([[name, '']])
  } catch {
    return { part: 'name', message: `“${name}” cannot be a header’s name: no spaces, colons or accents.` }
  }
  try {
    new Headers([[name, value]])
  } catch {
    return { part: 'value', message: `The value of ${name} has characters that no header can carry.` }
  }
  if (!new Request('/', { headers: [[name, value]] }).headers.has(name)) {
    return { part: 'name', message: `The browser keeps ${name} to itself: no page can set it.` }
  }
  return null
}

/** Reads the form. Null where an input is wrong; then the complaint is in the page, and the first one has the focus. */
export function readRequest() {
  forgiveAll()

  const address = url.value.trim()
  const complaint = urlComplaint(address)
  if (complaint) complain(url, element('url-hint'), complaint)

  const headers = []
  for (const row of headerRows.children) {
    const [nameInput, valueInput] = row.querySelectorAll('input')
    const name = nameInput.value.trim()
    const value = valueInput.value.trim()
    if (name === '' && value === '') continue
    const wrong = headerComplaint(name, value)
    if (wrong) {
      complain(wrong.part === 'name' ? nameInput : valueInput, element('headers-hint'), wrong.message)
      break
    }
    headers.push([name, value])
  }

  const firstWrong = form.querySelector('[aria-invalid]')
  if (firstWrong) {
    firstWrong.focus()
    return null
  }

  const init = { method: method.value, headers, withCredentials: withCredentials.checked }
  if (!body.disabled && body.value !== '') init.body = body.value
  return { url: address, init, types: splitTypes(types.value) }
}

function splitTypes(list) {
  return [...new Set(list.split(',').map((type) => type.trim()))].filter((type) => type !== '')
}

preset.append(new Option('Custom', ''), ...presets.map(({ label }, index) => new Option(label, String(index))))
preset.addEventListener('change', () => {
  if (preset.value !== '') usePreset(presets[Number(preset.value)])
})
form.addEventListener('input', () => {
  preset.value = ''
})
method.addEventListener('change', updateBody)
url.addEventListener('input', () => forgive([url], element('url-hint')))
headerRows.addEventListener('input', () => forgive(headerRows.querySelectorAll('input'), element('headers-hint')))
addHeader.addEventListener('click', () => appendHeaderRow().querySelector('.header-name').focus())

preset.value = '0'
usePreset(presets[0])
