// Starts the two halves of the page, and says so in the page where the class cannot be loaded (no build yet, no
// wasm SIMD). What the halves do is in demo.js and inspector.js.

try {
  await Promise.all([import('./demo.js'), import('./inspector.js')])
} catch (error) {
  const notice = document.getElementById('start-failure')
  notice.textContent = `The class could not be loaded: ${error.message}. Was it built? npm run build makes dist/.`
  notice.hidden = false
  throw error
}
