/** The methods of every target, as they were when the package was loaded: what a page puts in their place is not ours. */
export const { addEventListener, removeEventListener, dispatchEvent } = EventTarget.prototype
