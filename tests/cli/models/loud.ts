// A model that prints, and keeps the process alive.
import { tracked } from 'dugout'

console.log('loaded')
setInterval(() => console.info('still here'), 1000)

export const price = tracked('price', () => {
  console.log('asked')
  return 100
})

export const never = tracked('never', async (): Promise<number> => await new Promise(() => {}))
