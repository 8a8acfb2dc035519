import { isPrivatePlace } from './private-place';

it.each([
  'http://localhost/x',
  'http://localhost:8080/x',
  'https://127.0.0.1/a.mp4',
  'http://127.1/',
  'http://0x7f.0.0.1/',
  'http://2130706433/',
  'http://10.0.0.7/video',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.1.20:9000/cam.mp4',
  'http://169.254.169.254/latest',
  'http://100.64.0.1/',
  'http://0.0.0.0/',
  'http://[::1]/',
  'http://[fe80::1]/',
  'http://[fd12:3456::1]/',
  'http://[::ffff:192.168.0.1]/',
  'http://nas/film',
  'http://camera.local/film',
  'http://intern.lan./film',
])('%s leads to no public place', (address) => {
  expect(isPrivatePlace(address)).toBe(true);
});

it.each([
  'https://example.org/watch?v=127.0.0.1',
  'https://10.example.org/',
  'https://172.32.0.1/',
  'https://100.128.0.1/',
  'https://8.8.8.8/a.mp4',
  'https://[2606:4700::1111]/',
  'https://[::ffff:8.8.8.8]/',
  'https://localhost.example.org/',
  'https://local.example/',
  'https://xn--80ahd1agd.xn--j1amh/',
  'ftp://localhost/x',
  'localhost',
  'https://',
  '',
])('%s may be asked', (address) => {
  expect(isPrivatePlace(address)).toBe(false);
});
