/**
 * `distill/native`: importing it registers oneDNN as a backend of TensorFlow.js, for programs of their own.
 *
 *     import * as tf from '@tensorflow/tfjs-core'
 *     import 'distill/native'
 *     await tf.setBackend('distill-native')
 */
import { backendName } from './call.ts'
import { register } from './register.ts'

register()

export { backendName }
