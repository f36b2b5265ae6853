// Proves that rules and tests cannot lose each other.
import { describe, expect, it } from 'vitest'
import { compareSpec, idsInTitles } from '../../scripts/check-spec.mjs'

const SPEC = [
  '## Lamps (LA)',
  '- **LA1** A lamp is on or off.',
  '- **LA2** A lamp that is broken is off.',
  '- **LA3** A lamp says who lit it. (planned: issue 7)',
].join('\n')

/** Put together here: written out, the checker would take these titles for real ones. */
function testsNamed(...ids: string[]) {
  const source = ids.map((id) => [`it('`, '[', id, `] is so', () => {})`].join('')).join('\n')
  return [{ file: 'tests/lamp.spec.ts', source }]
}

describe('the spec check', () => {
  it('[HO5] passes when every rule has a test and every id is a rule', () => {
    const result = compareSpec(SPEC, testsNamed('LA1', 'LA2'))

    expect(result).toMatchObject({
      ok: true,
      provenCount: 2,
      planned: [{ id: 'LA3', plannedIssue: 7 }],
    })
  })

  it('[HO5] fails on a rule without a test', () => {
    const result = compareSpec(SPEC, testsNamed('LA1'))

    expect(result).toMatchObject({ ok: false, unproven: [{ id: 'LA2' }], unknown: [] })
  })

  it('[HO5] fails on a test that names no rule', () => {
    const result = compareSpec(SPEC, testsNamed('LA1', 'LA2', 'LA9'))

    expect(result).toMatchObject({
      ok: false,
      unknown: [{ id: 'LA9', files: ['tests/lamp.spec.ts'] }],
    })
  })

  it('[HO5] fails on an id that two rules have', () => {
    const result = compareSpec(`${SPEC}\n- **LA1** Another one.`, testsNamed('LA1', 'LA2'))

    expect(result).toMatchObject({ ok: false, doubled: ['LA1'] })
  })

  it('[HO5] reads several ids in a title, and statements with a dot', () => {
    const [{ source } = { source: '' }] = testsNamed('LA1, S3.36', 'I4 LA2', 'LA3] [I5')

    expect(idsInTitles(source)).toEqual(['LA1', 'S3.36', 'I4', 'LA2', 'LA3', 'I5'])
  })
})
