import { type Command, command } from '../command/command.ts'
import { flag, integer, requiredText, text } from '../command/inputs.ts'
import type { MigrateCommandOptions } from './migrate/migrate.ts'

/** `waybill migrate`, with the flags of the original's MigrationAction. */
export const migrate: Command = command<MigrateCommandOptions>({
  name: 'migrate',
  summary: 'Runs a migration task, chunk after chunk, and shows what came of it',
  description:
    'The task extends AbstractMigrationTask. It is spawned, worked on here beside whatever workers there are, and waited for.',
  inputs: {
    target: requiredText('-t, --target <task>', 'the migration task'),
    chunkSize: integer('-c, --chunkSize <count>', 'units in a chunk (default: 10000)', { min: 1 }),
    pickSize: integer('-p, --pickSize <count>', 'units picked at once; 0: as the task likes (default: 0)'),
    repeat: flag('--repeat', 'goes on to the very end; also -rp'),
    customParameters: text(
      '--customParameters <query>',
      'parameters of the task, such as "start=0&anotherOption="; also -cp',
    ),
  },
  spellings: { '-rp': '--repeat', '-cp': '--customParameters' },
  examples: [
    [
      'waybill migrate -c 1000 -cp "start=0&anotherOption=" -t ItemToMediaRelation -rp',
      'goes over everything from the first position on, 1,000 positions at a time',
    ],
  ],
  load: () => import('./migrate/migrate.ts'),
})
