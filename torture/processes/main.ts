import { Desk } from './desk.ts'
import type { ProcessSetting } from './orders.ts'
import { produce } from './producer.ts'
import { work } from './worker.ts'

const setting = JSON.parse(process.argv[2] ?? '') as ProcessSetting
const desk = new Desk(setting)
if (setting.role === 'worker') await work(desk, setting)
else await produce(desk, setting)
// From here on nothing may keep it alive.
process.removeAllListeners('disconnect')
process.disconnect()
