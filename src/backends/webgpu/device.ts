// The GPU's device: opened with the features that help and the adapter's real limits, and watched for errors.
import { TsgptError } from '../../base/errors.ts';
import { DeviceLost } from '../backend.ts';
import { wantedFeatures, wantedLimits } from './adapter.ts';

export async function openDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  return adapter.requestDevice({
    label: 'tsgpt',
    requiredFeatures: wantedFeatures(adapter.features) as GPUFeatureName[],
    requiredLimits: wantedLimits(adapter.limits),
  });
}

/** A device is lost or refuses a command asynchronously: whoever uses it next gets the first such error. */
export class DeviceWatch {
  #failure: Error | undefined;
  readonly #lost: Promise<void>;

  constructor(device: GPUDevice) {
    this.#lost = device.lost.then(({ message }) => {
      this.#failure ??= new DeviceLost(
        `the GPU was lost: ${message || 'its driver gave no reason'}`,
        'start again; a run that was training goes on from its last checkpoint: --resume',
      );
    });
    device.onuncapturederror = (event) => {
      event.preventDefault(); // no line on the terminal: `check` throws it
      const { error } = event;
      this.#failure ??=
        error instanceof GPUOutOfMemoryError
          ? new TsgptError('the GPU has not enough memory', 'take half the batch (--batch-size)')
          : new Error(`internal: the GPU refused a command: ${error.message}`);
    };
  }

  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Like `check`, after another failure: a loss of the device, of which we have not heard yet, may be the reason for it. */
  async explain(): Promise<void> {
    await Promise.race([this.#lost, new Promise((resolve) => setTimeout(resolve, 1000).unref?.())]);
    this.check();
  }
}
