// Which paths belong to the server and are never answered by the service worker.

/** Matches the path and query of a navigation that the server must see: its API and its test controls. */
export const isServerPath = /^\/(?:rest|__faults)(?:[/?]|$)/
