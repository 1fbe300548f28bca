import { defineTask, Report } from '@waybill/core'

/** One file of a catalogue: a title and a year on each line. */
export const importFile = defineTask<{ name: string; text: string }>({
  name: 'catalogue.file',
  category: 'import',
  label: ({ name }) => name,
  run({ name, text }) {
    const lines = text.split('\n').filter((line) => line !== '')
    if (lines.length === 0) return Report.error(`${name} is empty`)
    const doubtful = lines.filter((line) => !/;\d{4}$/.test(line))
    const report = Report.success(`${lines.length - doubtful.length} of ${lines.length} books imported`)
    for (const line of doubtful) report.add(Report.warning(`no year: ${line}`))
    return report
  },
})

/** The whole catalogue: a child for each file. It ends when they have, and fails if one does. */
export const importCatalogue = defineTask<{ files: Readonly<Record<string, string>> }>({
  name: 'catalogue.import',
  category: 'import',
  label: ({ files }) => `Import ${Object.keys(files).length} files`,
  async run({ files }, { enqueueChild, signal }) {
    for (const [name, text] of Object.entries(files)) {
      signal.throwIfAborted()
      await enqueueChild(importFile, { name, text })
    }
    return Report.success('All files are on their way')
  },
})
