// GET capabilities: what this server can, before anybody has signed in.
import { Capabilities } from '../../src/contract/capabilities'
import { COUNTS } from '../../src/contract/envelope'
import { readMeta } from '../db/meta'
import type { Registrar } from '../http/route'

/** Only what is built is true here: a client uses what it is told. Rules: docs/SPEC.md SP4 */
export const registerCapabilities: Registrar = (registry) => {
  registry.route({
    method: 'GET',
    path: `${COUNTS}capabilities`,
    needs: 'anonymous',
    isExtension: true,
    answer: Capabilities,
    handler: async ({ sql, context }) => {
      const demoUsers = await readMeta(sql, 'demo-users')
      return {
        protocol: context.limits.protocol,
        ...(demoUsers === null ? {} : { demoUsers: demoUsers.split(',') }),
        gzip: true,
        feed: false,
        events: true,
        fencing: true,
        documents: false,
        adjustments: false,
        serverTime: context.clock.now(),
        epoch: (await readMeta(sql, 'epoch')) ?? '',
      }
    },
  })
}
