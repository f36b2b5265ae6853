// May the browser throw our data away, and how much room is left? Asked, and the answer shown as it is.

export interface DeviceStorage {
  /** null: the browser does not say. */
  readonly isPersistent: boolean | null
  readonly usedBytes: number | null
  readonly roomBytes: number | null
}

/** @param storage navigator.storage; undefined where there is none (plain http, old browsers) */
export async function askDeviceStorage(storage: StorageManager | undefined): Promise<DeviceStorage> {
  if (storage === undefined) return { isPersistent: null, usedBytes: null, roomBytes: null }
  const isPersistent = (await storage.persisted()) || (await storage.persist())
  const { usage, quota } = await storage.estimate()
  return {
    isPersistent,
    usedBytes: usage ?? null,
    roomBytes: usage === undefined || quota === undefined ? null : Math.max(0, quota - usage),
  }
}

/**
 * Does this run in a tab of an iPad or iPhone, where counting is not safe (decision 26)?
 * `navigator.standalone` exists only there; never guess by the user agent.
 */
export function isInAppleTab(navigator: object): boolean {
  return 'standalone' in navigator && navigator.standalone === false
}
