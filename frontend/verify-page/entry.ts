/** What the one file is built from. */
import './page.css';
import './page';
