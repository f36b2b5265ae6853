// Names of the databases, and of the Web Locks that guard them: who and where (decision 1).

/** One per server and user. */
export function scansName(serverOrigin: string, userName: string): string {
  return `scans:${serverOrigin}:${userName}`
}

/** One per server and facility. */
export function catalogueName(serverOrigin: string, facilityId: string): string {
  return `catalogue:${serverOrigin}:${facilityId}`
}
