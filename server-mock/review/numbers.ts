// Numbers of the database for the review: exact quantities and money from numeric columns, and back.
import { decodeMoney, encodeMoney, type Money } from '../../src/domain/money'
import { decodeQuantity, encodeQuantity, type Micro } from '../../src/domain/quantity'
import { HttpError } from '../http/errors'

/** Stored numbers are ours. @throws when one is no quantity: a bug */
export function microOf(text: string): Micro {
  const quantity = decodeQuantity(Number(text))
  if (typeof quantity === 'string')
    throw new Error(`The database holds the quantity ${text}: ${quantity}`)
  return quantity
}

export function microOrNull(text: string | null): Micro | null {
  return text === null ? null : microOf(text)
}

export function moneyOrNull(text: string | null): Money | null {
  if (text === null) return null
  const amount = decodeMoney(Number(text))
  if (amount === null) throw new Error(`The database holds the amount ${text}`)
  return amount
}

export function wireQuantity(quantity: Micro | null): number | null {
  return quantity === null ? null : encodeQuantity(quantity)
}

export function wireMoney(amount: Money | null): number | null {
  return amount === null ? null : encodeMoney(amount)
}

/** A quantity that a caller sent. @throws HttpError 400 */
export function readQuantity(wire: number): Micro {
  const quantity = decodeQuantity(wire)
  if (typeof quantity === 'string')
    throw new HttpError(400, `${wire} is no quantity: ${quantity}`, 'BAD_REQUEST')
  return quantity
}
