// Proves that a lockfile which installs only here is noticed.
import { describe, expect, it } from 'vitest'
import { lockProblems } from '../../scripts/check-lock.mjs'

describe('the lockfile check', () => {
  it('[HO6] passes a lockfile with all platform binaries and no registry', () => {
    const packages = {
      'node_modules/bundler': {
        version: '1.0.0',
        optionalDependencies: { '@bundler/mac': '1.0.0' },
      },
      'node_modules/@bundler/mac': { version: '1.0.0' },
    }

    expect(lockProblems({ packages })).toEqual([])
  })

  it('[HO6] names a package whose binary for another system is missing', () => {
    const packages = {
      'node_modules/bundler': {
        version: '1.0.0',
        optionalDependencies: { '@bundler/mac': '1.0.0' },
      },
    }

    expect(lockProblems({ packages })).toEqual([expect.stringContaining('@bundler/mac')])
  })

  it('[HO6] names a package that is bound to a registry', () => {
    const packages = {
      'node_modules/bundler': {
        version: '1.0.0',
        resolved: 'https://registry.example/bundler.tgz',
      },
    }

    expect(lockProblems({ packages })).toEqual([expect.stringContaining('bound to the registry')])
  })
})
