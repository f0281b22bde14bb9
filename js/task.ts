/** Tasks of the event loop. `setTimeout` is no way to get one: it waits 4 ms when nested and a second in hidden tabs. */

const tasks: (() => void)[] = []
let channel: MessageChannel | undefined

/** Runs something in a task of its own, in order. */
export function queueTask(task: () => void) {
  if (typeof setImmediate === 'function') {
    // Node: a message channel would keep the process alive.
    setImmediate(task)
    return
  }
  if (!channel) {
    channel = new MessageChannel()
    channel.port1.onmessage = () => tasks.shift()?.()
  }
  tasks.push(task)
  channel.port2.postMessage(0)
}
