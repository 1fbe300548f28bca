import { describe, expect, it } from 'vitest'
import { InvalidInputError } from '../errors/errors.ts'
import { AbstractTask } from '../task/abstract-task.ts'
import { TASK_CATEGORIES } from '../task/category.ts'
import { defineTask } from '../task/define-task.ts'
import { TaskCategories } from './task-categories.ts'

abstract class ImportTask extends AbstractTask {}
class ImportItems extends ImportTask {
  static override readonly taskName: string = 'items.import'
  run(): void {}
}
class ImportRemoteItems extends ImportItems {
  static override readonly taskName: string = 'items.import-remote'
}
class CopyItems extends AbstractTask {
  static override readonly taskName: string = 'items.copy'
  static override readonly category = 'copy'
  run(): void {}
}

it('the categories are those of the original', () => {
  const original = ['create', 'update', 'delete', 'copy', 'import', 'export']
  expect(TASK_CATEGORIES).toEqual([...original, 'delivery_comp', 'unrelated_resource', 'unknown'])
})

describe('the category of a task', () => {
  it('is unknown where nobody said', () => {
    const categories = new TaskCategories()
    expect(categories.get('items.import')).toBe('unknown')
    expect(categories.get(ImportItems)).toBe('unknown')
    expect(categories.get(defineTask({ name: 'a', run: () => {} }))).toBe('unknown')
  })

  it.each(TASK_CATEGORIES)('can be %s', (category) => {
    const categories = new TaskCategories()
    categories.link('items.import', category)
    expect(categories.get('items.import')).toBe(category)
    expect(categories.get(ImportItems)).toBe(category)
  })

  it('is found by inheritance, the nearest class first', () => {
    const categories = new TaskCategories()
    categories.link(ImportTask, 'import')
    expect(categories.get(ImportRemoteItems)).toBe('import')
    categories.link(ImportItems, 'update')
    expect(categories.get(ImportRemoteItems)).toBe('update')
    expect(categories.get(ImportTask)).toBe('import')
  })

  it('by its exact name goes before what it inherits', () => {
    const categories = new TaskCategories()
    categories.link(ImportTask, 'import')
    categories.link('items.import-remote', 'create')
    expect(categories.get(ImportRemoteItems)).toBe('create')
    expect(categories.get(ImportItems)).toBe('import')
  })

  it('is what the task says of itself where nobody linked it', () => {
    const categories = new TaskCategories()
    const report = defineTask({ name: 'billing.report', category: 'export', run: () => {} })
    expect(categories.get(CopyItems)).toBe('copy')
    expect(categories.get(report)).toBe('export')
    categories.link('billing.report', 'delete')
    expect(categories.get(report)).toBe('delete')
  })

  it('is never found on Object.prototype', () => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
      expect(new TaskCategories().get(name)).toBe('unknown')
    }
  })

  it.each([null, undefined, 7, {}, '', '__proto__', 'a b'])('of %j is an error', (task) => {
    expect(() => new TaskCategories().get(task as never)).toThrow(InvalidInputError)
    expect(() => new TaskCategories().link(task as never, 'copy')).toThrow(InvalidInputError)
  })

  it('is one of the closed set', () => {
    expect(() => new TaskCategories().link('a', 'work' as never)).toThrow(InvalidInputError)
  })
})
