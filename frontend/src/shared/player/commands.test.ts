import { commandsOf } from './commands';
import type { Playback } from './contract';
import { VideoPlayer } from './store';

const times = Float64Array.from({ length: 100 }, (_, n) => n * 40_000);
const shot = (start_frame: number) => ({ start_s: 0, end_s: 0, start_frame, end_frame: 0, transition: 'cut' });
const playback = { shots: [shot(0), shot(30), shot(70)] } as unknown as Playback;
const spans = [{ id: 'a', kind: 'note', from: 50, to: 55, label: '' }];

function made(frame: number) {
  const player = new VideoPlayer(
    { original: 'a'.repeat(64), times, firstUs: 0, startS: 0 },
    { shield: 'sketch', muted: true, frame },
  );
  const asking = { still: vi.fn(), sound: vi.fn(), link: vi.fn() };
  return { player, commands: commandsOf(player, playback, spans, asking) };
}

describe('the keys', () => {
  it('go from shot to note to shot, and nowhere past the last', () => {
    const { player, commands } = made(0);
    const visited = [0, 0, 0, 0].map(() => {
      commands.nextStop();
      return player.state().frame;
    });
    expect(visited).toEqual([30, 50, 70, 70]);
    commands.previousStop();
    expect(player.state().frame).toBe(50);
  });

  it('mark a span whose ends never cross', () => {
    const { player, commands } = made(40);
    commands.markIn();
    player.seek(60);
    commands.markOut();
    expect(player.state().mark).toEqual({ from: 40, to: 60 });
    player.seek(80);
    commands.markIn();
    expect(player.state().mark).toEqual({ from: 80, to: 80 });
    player.seek(10);
    commands.markOut();
    expect(player.state().mark).toEqual({ from: 10, to: 10 });
  });

  it('mark the frame of the still that stands for a video which nobody has asked for', () => {
    const player = new VideoPlayer(
      { original: 'a'.repeat(64), times, firstUs: 0, startS: 0 },
      { shield: 'sketch', muted: true },
    );
    const commands = commandsOf(player, playback, spans, { still: vi.fn(), sound: vi.fn(), link: vi.fn() });
    player.setStill(12);
    commands.markIn();
    expect(player.state().mark).toEqual({ from: 12, to: 12 });
  });

  it('play backwards, faster when pressed again, and pause', () => {
    const { player, commands } = made(90);
    commands.back();
    expect(player.state()).toMatchObject({ playing: true, rate: -1 });
    commands.back();
    commands.back();
    commands.back();
    expect(player.state().rate).toBe(-4);
    commands.forward();
    expect(player.state().rate).toBe(1);
    commands.pause();
    expect(player.state()).toMatchObject({ playing: false, rate: 1 });
  });
});
