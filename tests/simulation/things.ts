// What is counted in the simulated shop: barcodes, products, sessions.

/** A tea with a case of twelve, rice, soap, a value that two products claim, and one that nobody knows. */
export const TEA = '4006381333931'
export const TEA_CASE = '14006381333938'
export const RICE = '5901234123457'
export const SOAP = '9780201379624'
export const CLAIMED_TWICE = '4012345678901'
export const UNKNOWN = '4099999999990'
/** The server refuses rows of it where the swarm says so. */
export const POISON = 'POISON-1'

export const BARCODES = [TEA, TEA, RICE, SOAP, TEA_CASE, CLAIMED_TWICE, UNKNOWN, POISON] as const
export const PRODUCT_IDS = ['TEA', 'RICE', 'SOAP', 'JAM'] as const
export const SESSION_IDS = ['S1', 'S2'] as const
export const CYCLE_COUNT = 'C1'

/** Users who may take a session over from anybody (INV_COUNT_LOCK_RLS). */
export const MAY_TAKE_OVER: ReadonlySet<string> = new Set(['sam'])
