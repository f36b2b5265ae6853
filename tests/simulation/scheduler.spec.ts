// The simulator's own foundations: virtual time, lives, chance.
import { describe, expect, it } from 'vitest'
import { chanceOf } from './random'
import { createScheduler, takeStep } from './scheduler'
import type { Life, Scheduler } from './scheduler'
import { createTrace } from './trace'
import { laneTo } from './window'

const END = { time: 1_000_000 }

function schedulerOf(seed: number): Scheduler {
  return createScheduler(chanceOf(seed, 'scheduler'), createTrace(0))
}

function aLife(): Life {
  return { name: 'L', isOver: false, frozenUntil: 0, steps: 0, endsAtStep: null, onEnd: () => undefined }
}

describe('the scheduler', () => {
  it('[SM1] runs events in the order of their times, and events of one time in an order that the seed decides', async () => {
    const orders = new Set<string>()
    for (let seed = 1; seed <= 20; seed++) {
      const happened: string[] = []
      const scheduler = schedulerOf(seed)
      scheduler.after(20, null, 'later', () => happened.push('later'))
      for (const name of ['a', 'b', 'c']) scheduler.after(10, null, name, () => happened.push(name))

      await scheduler.run(END)

      expect(happened.at(-1)).toBe('later')
      orders.add(happened.join(''))
    }
    expect(orders.size).toBeGreaterThan(1)
  })

  it('[SM103] keeps the order of what happens at the same moment where a limit with a place of its own is set and called off', async () => {
    const orderOf = async (seed: number, isLimited: boolean): Promise<string> => {
      const happened: string[] = []
      const scheduler = schedulerOf(seed)
      for (const name of ['a', 'b', 'c', 'd']) {
        scheduler.after(10, null, name, () => happened.push(name))
        if (isLimited)
          scheduler.after(
            10,
            null,
            'limit',
            () => happened.push('limit'),
            chanceOf(seed, 'limits'),
          )()
      }
      await scheduler.run(END)
      return happened.join('')
    }
    for (let seed = 1; seed <= 20; seed++)
      expect(await orderOf(seed, true)).toBe(await orderOf(seed, false))
  })

  it('[SM1] finishes all microtasks of an event before the next one', async () => {
    const happened: string[] = []
    const scheduler = schedulerOf(1)
    scheduler.after(1, null, 'first', () => {
      void (async () => {
        for (let turn = 0; turn < 50; turn++) await Promise.resolve()
        happened.push('microtasks')
      })()
    })
    scheduler.after(1.001, null, 'second', () => happened.push('second'))

    await scheduler.run(END)

    expect(happened).toEqual(['microtasks', 'second'])
  })

  it('[SM49] delivers the messages between a page and its worker in the order of sending, also after a freeze', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const scheduler = schedulerOf(seed)
      const life = aLife()
      const heard: string[] = []
      const toPage = laneTo(life, scheduler)
      scheduler.after(10, null, 'freeze', () => void (life.frozenUntil = 5000))
      for (const [at, name] of [[5, 'a'], [5, 'b'], [20, 'c'], [300, 'd'], [300, 'e']] as const)
        scheduler.after(at, null, 'posts', () => toPage(name, () => heard.push(name)))

      await scheduler.run(END)

      // Two that are posted at the same moment are posted in an order that the seed decides.
      expect(heard.map((it) => ({ a: 1, b: 1, c: 2, d: 3, e: 3 })[it])).toEqual([1, 1, 2, 3, 3])
    }
  })

  it('[SM2] never settles what a life waits for once it is over', async () => {
    const scheduler = schedulerOf(1)
    const life = aLife()
    const happened: string[] = []
    scheduler.after(10, life, 'mine', () => happened.push('mine'))
    scheduler.after(5, null, 'crash', () => {
      life.isOver = true
    })

    await scheduler.run(END)

    expect(happened).toEqual([])
  })

  it('[SM2] ends a life before any step that is asked for', async () => {
    for (let step = 0; step < 4; step++) {
      const scheduler = schedulerOf(1)
      const life = aLife()
      life.endsAtStep = step
      life.onEnd = () => {
        life.isOver = true
      }
      let happened = 0
      for (let at = 1; at <= 5; at++) scheduler.after(at, life, 'step', () => (happened += 1))

      await scheduler.run(END)

      expect(happened).toBe(step)
      expect(takeStep(life)).toBe(false)
    }
  })

  it('[SM2] lets the events of a frozen life wait until it thaws', async () => {
    const scheduler = schedulerOf(1)
    const life = aLife()
    life.frozenUntil = 500
    let at = 0
    scheduler.after(10, life, 'mine', () => (at = scheduler.now()))

    await scheduler.run(END)

    expect(at).toBe(500)
  })
})

describe('chance', () => {
  it('[SM1] gives the same numbers for the same seed and purpose, and others for another purpose', () => {
    const numbers = (seed: number, name: string): number[] => {
      const chance = chanceOf(seed, name)
      return Array.from({ length: 5 }, () => chance.next())
    }
    expect(numbers(7, 'network')).toEqual(numbers(7, 'network'))
    expect(numbers(7, 'network')).not.toEqual(numbers(7, 'disk'))
    expect(numbers(7, 'network')).not.toEqual(numbers(8, 'network'))
  })
})
