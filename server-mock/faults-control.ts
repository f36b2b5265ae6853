// POST, GET /__faults: only on a server that was started with --faults.
import type { App } from './app'
import { revokeAllTokens } from './auth/tokens'
import { Faults } from './faults'
import { errorAnswer, jsonAnswer } from './http/answers'
import { readBody, readJson } from './http/body'
import type { ServerContext } from './http/context'
import { HttpError } from './http/errors'
import { parseBody } from './http/serve'

/** `{}` resets. Fields left out are off. Rules: docs/SPEC.md SP14-SP16 */
export function registerFaultsControl(app: App, { db, faults, limits }: ServerContext): void {
  app.get('/__faults', () => jsonAnswer(200, faults.now, new Headers()))
  app.post('/__faults', async (c) => {
    try {
      const wanted = parseBody(Faults, readJson(await readBody(c.req.raw, limits.bodyBytesMax)))
      if (wanted.expireTokens) await revokeAllTokens(db)
      faults.set({ ...wanted, expireTokens: false })
      return jsonAnswer(200, faults.now, new Headers())
    } catch (error) {
      if (error instanceof HttpError) return errorAnswer(error, new Headers())
      throw error
    }
  })
}
