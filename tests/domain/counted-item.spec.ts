import { expect, it } from 'vitest'
import { bucketOf } from '../../src/domain/counted-item'
import { product } from '../support/builders'

const line = { productId: product('TEA'), standing: 1, requestedRows: 1, legacyRows: 0 }

it.each([
  ['asked for and counted', line, false, 'counted'],
  ['asked for and not scanned', { ...line, standing: 0 }, false, 'uncounted'],
  ['asked for, a negative rest of scans', { ...line, standing: -1 }, false, 'counted'],
  ['asked for, counted by a client that does not tell', { ...line, standing: 0, legacyRows: 1 }, false, 'counted'],
  ['not asked for', { ...line, requestedRows: 0 }, false, 'undirected'],
  ['not asked for in a hard count', { ...line, requestedRows: 0 }, true, 'counted'],
  ['not asked for and all taken back', { ...line, requestedRows: 0, standing: 0 }, true, 'none'],
  ['without a product', { ...line, productId: null }, false, 'unmatched'],
  ['without a product in a hard count', { ...line, productId: null, requestedRows: 0 }, true, 'unmatched'],
] as const)('[BU1] puts a line that is %s into its bucket', (_says, it, isHardCount, bucket) => {
  expect(bucketOf(it, isHardCount)).toBe(bucket)
})
