// The telephone's sounds, made on the spot: no file to load.
const CADENCE = 5000; // a French ring: 1.5 s of sound, 3.5 s of silence
const KEYS = {
  1: [697, 1209], 2: [697, 1336], 3: [697, 1477], 4: [770, 1209], 5: [770, 1336], 6: [770, 1477],
  7: [852, 1209], 8: [852, 1336], 9: [852, 1477], "*": [941, 1209], 0: [941, 1336], "#": [941, 1477],
};

export class Ringer {
  #audio = null;
  #again = null;

  async wake() {
    if (!window.AudioContext) return;
    this.#audio ??= new AudioContext();
    if (this.#audio.state !== "running") this.#audio.resume().catch(() => { this.#audio = null; });
  }

  start() {
    this.stop();
    const once = () => {
      this.#tone([440, 480], 0, 0.7);
      this.#tone([440, 480], 0.8, 0.7);
      navigator.vibrate?.([700, 100, 700]);
    };
    once();
    this.#again = setInterval(once, CADENCE);
  }

  stop() {
    clearInterval(this.#again);
    this.#again = null;
  }

  ping() { this.#tone([880], 0, 0.12); this.#tone([1175], 0.14, 0.16); }

  key(name) { this.#tone(KEYS[name] ?? [], 0, 0.12); }

  #tone(frequencies, after, seconds) {
    if (this.#audio === null) return;
    const start = this.#audio.currentTime + after;
    const loud = this.#audio.createGain();
    loud.gain.setValueAtTime(0, start);
    loud.gain.linearRampToValueAtTime(0.08, start + 0.02);
    loud.gain.setValueAtTime(0.08, start + seconds - 0.03);
    loud.gain.linearRampToValueAtTime(0, start + seconds);
    loud.connect(this.#audio.destination);
    for (const frequency of frequencies) {
      const tone = this.#audio.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(loud);
      tone.start(start);
      tone.stop(start + seconds);
    }
  }
}
