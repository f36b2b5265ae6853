// The command line and the environment of the server, read once and checked.
import { parseArgs } from 'node:util'
import type { ServerProfile } from './http/context'

export interface ServerOptions {
  readonly port: number
  /** null: every network interface. */
  readonly host: string | null
  readonly dataFolder: string
  readonly databaseUrl: string | null
  readonly catalogue: string | null
  readonly profile: ServerProfile
  readonly hasDemo: boolean
  readonly hasFaults: boolean
  readonly appFolder: string | null
  readonly tokenHours: number
}

export const USAGE = `npm run server -- [options]
  --port 8080           port (PORT)
  --host <address>      listen on this address only (HOST); else on all
  --data <folder>       data folder of the built-in database, else .data/server
  --catalogue <csv>     products: productId,gtin,productName[,sku,caseGtin,packSize]
  --profile <name>      extended or hotwax (MOQUI_PROFILE); else extended
  --demo                demo data in an empty database; without DATABASE_URL always
  --faults              opens /__faults: for tests only
  --app <folder>        also serves the built app
  --token-hours 24      life of a sign-in (TOKEN_HOURS)
DATABASE_URL=postgres://… uses that PostgreSQL instead of the built-in database.`

/** @throws Error with a sentence for the user */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ServerOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      data: { type: 'string' },
      catalogue: { type: 'string' },
      profile: { type: 'string' },
      demo: { type: 'boolean', default: false },
      faults: { type: 'boolean', default: false },
      app: { type: 'string' },
      'token-hours': { type: 'string' },
    },
  })
  const databaseUrl = env['DATABASE_URL'] || null
  return {
    port: numberOf('port', values.port ?? (env['PORT'] || '8080'), { min: 0, max: 65_535 }),
    host: values.host ?? (env['HOST'] || null),
    dataFolder: values.data ?? '.data/server',
    databaseUrl,
    catalogue: values.catalogue ?? null,
    profile: profileOf(values.profile ?? (env['MOQUI_PROFILE'] || 'extended')),
    hasDemo: values.demo || databaseUrl === null,
    hasFaults: values.faults,
    appFolder: values.app ?? null,
    tokenHours: numberOf('token-hours', values['token-hours'] ?? (env['TOKEN_HOURS'] || '24'), {
      min: 0.001,
      max: 8760,
    }),
  }
}

function numberOf(name: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text)
  if (!(value >= min && value <= max))
    throw new Error(`--${name} must be a number from ${min} to ${max}, not ${text}`)
  return value
}

function profileOf(text: string): ServerProfile {
  if (text === 'extended' || text === 'hotwax') return text
  throw new Error(`--profile must be extended or hotwax, not ${text}`)
}
